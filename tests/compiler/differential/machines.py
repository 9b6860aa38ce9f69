"""Two machines that run one instruction on the same accounts: CPython's model and LiteSVM."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conting_compiler.driver import compile_program
from conting_compiler.link.linker import link
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain, Meta, Refusal
from seahorse.prelude import Pubkey
from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as RealPubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

Outcome = int | bytes | str
"""The accounts' bytes after a success, the custom error's number, or another error's text."""
STATE = bytes([7] * 32)
OTHER = bytes([8] * 32)
_LAMPORTS = 10**9


@dataclass(slots=True)
class Model:
    """The program under CPython, and where its accounts lie."""

    chain: Chain
    program: Pubkey
    places: Sequence[Pubkey]

    @classmethod
    def of(cls, source: Path, data: bytes, places: Sequence[bytes] = (STATE,)) -> "Model":
        """The program of the file, with the accounts' first bytes."""
        chain = Chain()
        program = chain.deploy(load(source))
        model = cls(chain, program, [*map(Pubkey.of, places)])
        model.put(data)
        return model

    def put(self, data: bytes) -> None:
        """The accounts have these bytes."""
        for place in self.places:
            self.chain.records[place] = Record(_LAMPORTS, self.program, bytearray(data))

    def run(self, data: bytes) -> Outcome:
        """One instruction with the accounts."""
        try:
            self.chain.execute(self.program, [*map(Meta, self.places)], data)
        except Refusal as refusal:
            return refusal.name if refusal.code is None else refusal.code
        return b"".join(map(self.chain.data, self.places))


@dataclass(slots=True)
class Machine:
    """A compiled program on LiteSVM, and where its accounts lie."""

    svm: LiteSVM
    program: RealPubkey
    payer: Keypair
    places: Sequence[RealPubkey]

    @classmethod
    def of(cls, elf: bytes, data: bytes, places: Sequence[bytes] = (STATE,)) -> "Machine":
        """The program of the ELF, with the accounts' first bytes."""
        svm = LiteSVM().with_sigverify(sigverify=False).with_blockhash_check(check=False)
        svm = svm.with_transaction_history(0).with_log_bytes_limit(
            None
        )  # the end says why it failed
        payer, program = Keypair(), RealPubkey(bytes([9] * 32))
        svm.airdrop(payer.pubkey(), 1000 * _LAMPORTS)
        svm.add_program(program, elf)
        machine = cls(svm, program, payer, [*map(RealPubkey, places)])
        machine.put(data)
        return machine

    def put(self, data: bytes) -> None:
        """The accounts have these bytes."""
        for place in self.places:
            self.svm.set_account(place, Account(_LAMPORTS, data, self.program))

    def send(self, data: bytes) -> TransactionMetadata | FailedTransactionMetadata:
        """One instruction with the accounts, in a transaction of its own."""
        metas = [AccountMeta(each, is_signer=False, is_writable=True) for each in self.places]
        message = Message([Instruction(self.program, data, metas)], self.payer.pubkey())
        return self.svm.send_transaction(Transaction([self.payer], message, Hash.default()))

    def data(self) -> bytes:
        """The accounts' bytes."""
        accounts = [self.svm.get_account(each) for each in self.places]
        return b"".join(each.data for each in accounts if each is not None)

    def run(self, data: bytes) -> Outcome:
        """What comes of one instruction."""
        result = self.send(data)
        if isinstance(result, FailedTransactionMetadata):
            error = getattr(result.err(), "err", None)
            return int(getattr(error, "code", -1)) if hasattr(error, "code") else str(result.err())
        return self.data()


def compiled(source: Path) -> dict[str, bytes]:
    """The ELF of the program of the file for each kind of machine, its code in place and shared."""
    plain = compile_program(source, arch="v3", compact=False)
    shared = compile_program(source, arch="v3", compact=True)
    return {"v3": plain.elf, "v3-shared": shared.elf, "v0": link(shared.emitted.object, "v0")}
