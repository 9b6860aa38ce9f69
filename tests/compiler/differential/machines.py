"""Two machines that run one instruction on the same accounts: CPython's model and LiteSVM."""

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
from solders.transaction_metadata import FailedTransactionMetadata

Outcome = int | bytes | str
"""The account's bytes after a success, the custom error's number, or another error's text."""
STATE = bytes([7] * 32)
_LAMPORTS = 10**9


@dataclass(slots=True)
class Model:
    """The program under CPython; its one account lies at STATE."""

    chain: Chain
    program: Pubkey

    @classmethod
    def of(cls, source: Path, data: bytes) -> "Model":
        """The program of the file, with the account's first bytes."""
        chain = Chain()
        program = chain.deploy(load(source))
        chain.records[Pubkey.of(STATE)] = Record(_LAMPORTS, program, bytearray(data))
        return cls(chain, program)

    def run(self, data: bytes) -> Outcome:
        """One instruction with the account."""
        try:
            self.chain.execute(self.program, [Meta(Pubkey.of(STATE))], data)
        except Refusal as refusal:
            return refusal.name if refusal.code is None else refusal.code
        return self.chain.data(Pubkey.of(STATE))


@dataclass(slots=True)
class Machine:
    """A compiled program on LiteSVM; its one account lies at STATE."""

    svm: LiteSVM
    program: RealPubkey
    payer: Keypair

    @classmethod
    def of(cls, elf: bytes, data: bytes) -> "Machine":
        """The program of the ELF, with the account's first bytes."""
        svm = LiteSVM().with_sigverify(sigverify=False).with_blockhash_check(check=False)
        svm = svm.with_transaction_history(0)
        payer, program = Keypair(), RealPubkey(bytes([9] * 32))
        svm.airdrop(payer.pubkey(), 1000 * _LAMPORTS)
        svm.add_program(program, elf)
        svm.set_account(RealPubkey(STATE), Account(_LAMPORTS, data, program))
        return cls(svm, program, payer)

    def run(self, data: bytes) -> Outcome:
        """One instruction with the account, in a transaction of its own."""
        meta = AccountMeta(RealPubkey(STATE), is_signer=False, is_writable=True)
        message = Message([Instruction(self.program, data, [meta])], self.payer.pubkey())
        result = self.svm.send_transaction(Transaction([self.payer], message, Hash.default()))
        if isinstance(result, FailedTransactionMetadata):
            error = getattr(result.err(), "err", None)
            return int(getattr(error, "code", -1)) if hasattr(error, "code") else str(result.err())
        account = self.svm.get_account(RealPubkey(STATE))
        assert account is not None
        return account.data


def compiled(source: Path) -> dict[str, bytes]:
    """The ELF of the program of the file for each kind of machine, its code in place and shared."""
    plain = compile_program(source, arch="v3", compact=False)
    shared = compile_program(source, arch="v3", compact=True)
    return {"v3": plain.elf, "v3-shared": shared.elf, "v0": link(shared.emitted.object, "v0")}
