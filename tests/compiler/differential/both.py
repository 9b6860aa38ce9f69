"""The ticket program on both machines at once: every outcome and every account must agree."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from conting_compiler.driver import Compiled, compile_program
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain, Meta, Refusal
from seahorse.prelude import Pubkey
from seahorse.token2022 import TOKEN_2022, MintState, TokenState
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as RealPubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

TICKET = Path(__file__).parents[1] / "samples" / "ticket"
ED25519 = RealPubkey.from_string("Ed25519SigVerify111111111111111111111111111")
SYSVAR = Pubkey("Sysvar1nstructions1111111111111111111111111")
SOL = 10**9
NOBODY = bytes(32)


@cache
def compiled_ticket() -> Compiled:
    """Compiled once for all tests of the process."""
    return compile_program(TICKET, arch="v3")


def real(key: Pubkey) -> RealPubkey:
    """The same key for solders."""
    return RealPubkey(bytes(key))


def ed25519(signer: Keypair, message: bytes) -> Instruction:
    """The check of one signature, everything inside the instruction (facts 3.5)."""
    start = 2 + 14
    own = 0xFFFF
    fields = (start + 32, own, start, own, start + 32 + 64, len(message), own)
    head = bytes([1, 0]) + struct.pack("<7H", *fields)
    signature = bytes(signer.sign_message(message))
    return Instruction(ED25519, head + bytes(signer.pubkey()) + signature + message, [])


@dataclass(slots=True)
class Both:
    """The model and LiteSVM with the program and the same people; `payer` pays LiteSVM's fees."""

    people: Sequence[Pubkey]
    chain: Chain = field(default_factory=Chain)
    svm: LiteSVM = field(init=False)
    payer: Keypair = field(default_factory=Keypair)
    program: Pubkey = field(init=False)

    def __post_init__(self) -> None:
        svm = LiteSVM().with_sigverify(sigverify=False).with_blockhash_check(check=False)
        self.svm = svm.with_transaction_history(0)
        self.program = self.chain.deploy(load(TICKET))
        self.svm.add_program(real(self.program), compiled_ticket().elf)
        self.svm.airdrop(self.payer.pubkey(), 1000 * SOL)
        for person in self.people:
            self.chain.airdrop(person, 100 * SOL)
            self.svm.airdrop(real(person), 100 * SOL)
        self.set_time(0)

    def set_time(self, seconds: int) -> None:
        """Both clocks; slot and epoch are LiteSVM's."""
        clock = self.svm.get_clock()
        clock.unix_timestamp = seconds
        self.svm.set_clock(clock)
        self.chain.clock.unix_timestamp = seconds
        self.chain.clock.slot, self.chain.clock.epoch = clock.slot, clock.epoch

    def gift(self, address: Pubkey, lamports: int) -> None:
        """Lamports out of nothing, at least the rent of an empty account."""
        self.chain.airdrop(address, lamports)
        self.svm.airdrop(real(address), lamports)
        self._compare({address})

    def run(
        self,
        name: str,
        accounts: Mapping[str, Pubkey],
        arguments: Mapping[str, object],
        proofs: Sequence[tuple[Keypair, bytes]] = (),
    ) -> int | str:
        """One instruction on both; its outcome, 0 for success. AssertionError where they differ."""
        data = self.chain.programs[self.program].entry(name).encode_arguments(arguments)
        before = [ed25519(*proof) for proof in proofs]
        metas = self._metas(name, accounts)
        actual = self._send([*before, Instruction(real(self.program), data, metas)])
        shown = [(Pubkey.of(bytes(signer.pubkey())), message) for signer, message in proofs[-1:]]
        places = [Meta(Pubkey.of(bytes(m.pubkey)), m.is_signer, m.is_writable) for m in metas]
        expected: int | str = 0
        try:
            self.chain.execute(self.program, places, data, shown)
        except Refusal as refusal:
            expected = refusal.name if refusal.code is None else refusal.code
        assert actual == expected, f"{name}: CPython {expected}, LiteSVM {actual}"
        self._compare({*accounts.values(), *self.people})
        return expected

    def _metas(self, name: str, accounts: Mapping[str, Pubkey]) -> list[AccountMeta]:
        instruction = next(i for i in compiled_ticket().program.instructions if i.name == name)
        named = {"instructions": SYSVAR, **accounts}
        metas = [
            AccountMeta(real(named[each.name]), each.signer, each.writable)
            for each in instruction.accounts
        ]
        programs = (RealPubkey(each.address) for each in instruction.programs)
        return metas + [AccountMeta(each, is_signer=False, is_writable=False) for each in programs]

    def _send(self, instructions: list[Instruction]) -> int | str:
        message = Message(instructions, self.payer.pubkey())
        result = self.svm.send_transaction(Transaction.new_unsigned(message))
        if not isinstance(result, FailedTransactionMetadata):
            return 0
        error = getattr(result.err(), "err", None)
        return int(getattr(error, "code", -1)) if hasattr(error, "code") else str(error)

    def _compare(self, addresses: set[Pubkey]) -> None:
        for address in addresses - {SYSVAR}:
            record = self.chain.records.get(address, Record())
            account = self.svm.get_account(real(address))
            found = (0, NOBODY, b"") if account is None else _account(account)
            assert found[:2] == (record.lamports, bytes(record.owner)), address
            if record.owner == TOKEN_2022:
                _compare_token(record, found[2])
            else:
                assert found[2] == bytes(record.data), address


def _account(account: object) -> tuple[int, bytes, bytes]:
    lamports, owner, data = (getattr(account, each) for each in ("lamports", "owner", "data"))
    return lamports, bytes(owner), bytes(data)


def _option(authority: Pubkey | None) -> bytes:
    """As a mint keeps an authority: u32 tag and key."""
    return bytes(36) if authority is None else b"\1\0\0\0" + bytes(authority)


def _compare_token(record: Record, data: bytes) -> None:
    """Against Token-2022's own layout: spl-token-2022 `state.rs`, Mint and Account."""
    assert len(data) == len(record.data)
    state = record.token
    if isinstance(state, MintState):
        supply = state.supply.to_bytes(8, "little")
        head = _option(state.mint_authority) + supply + bytes([state.decimals, 1])
        assert data[:82] == head + _option(state.freeze_authority)
    elif isinstance(state, TokenState):
        amount = state.amount.to_bytes(8, "little")
        assert data[:72] == bytes(state.mint) + bytes(state.owner) + amount
        assert data[108] == 1 + state.frozen
