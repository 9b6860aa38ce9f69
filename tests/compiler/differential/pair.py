"""Any program on both machines at once: outcome, accounts, events and results must agree."""

import base64
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conting_compiler.driver import Compiled
from seahorse.errors import Fault
from seahorse.ledger import Record
from seahorse.loading import load
from seahorse.model import Chain, Meta, Refusal
from seahorse.prelude import Pubkey
from seahorse.spl_token import TOKEN_PROGRAM
from seahorse.token2022 import TOKEN_2022, MintState, TokenState
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey as RealPubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata

SOL = 10**9
Outcome = int | str


def real(key: Pubkey) -> RealPubkey:
    """The same key for solders."""
    return RealPubkey(bytes(key))


@dataclass(slots=True)
class Pair:
    """The model and LiteSVM with one program; every person is rich."""

    source: Path
    compiled: Compiled
    people: Sequence[Pubkey]
    chain: Chain = field(default_factory=Chain)
    svm: LiteSVM = field(init=False)
    payer: Keypair = field(default_factory=Keypair)
    program: Pubkey = field(init=False)

    def __post_init__(self) -> None:
        svm = LiteSVM().with_sigverify(sigverify=False).with_blockhash_check(check=False)
        self.svm = svm.with_transaction_history(0)
        self.program = self.chain.deploy(load(self.source))
        self.svm.add_program(real(self.program), self.compiled.elf)
        self.svm.airdrop(self.payer.pubkey(), 1000 * SOL)
        for person in self.people:
            self.chain.airdrop(person, 100 * SOL)
            self.svm.airdrop(real(person), 100 * SOL)

    def address(self, *seeds: bytes) -> Pubkey:
        """An address of the program."""
        found, _ = RealPubkey.find_program_address(list(seeds), real(self.program))
        return Pubkey.of(bytes(found))

    def beside(self, source: Path, compiled: Compiled) -> "Pair":
        """Another program on the same two machines, which the first may call."""
        other = copy.copy(self)
        other.source, other.compiled = source, compiled
        other.program = self.chain.deploy(load(source))
        self.svm.add_program(real(other.program), compiled.elf)
        return other

    def run(
        self,
        name: str,
        accounts: Mapping[str, Pubkey],
        arguments: Mapping[str, object] | None = None,
        unsigned: Sequence[Pubkey] = (),
    ) -> Outcome:
        """One instruction on both; 0 for success. AssertionError where they differ."""
        data = self.chain.programs[self.program].entry(name).encode_arguments(arguments or {})
        metas = self._metas(name, accounts, unsigned)
        actual, events, returned = self._send(Instruction(real(self.program), data, metas))
        places = [Meta(Pubkey.of(bytes(m.pubkey)), m.is_signer, m.is_writable) for m in metas]
        expected: Outcome = 0
        self.chain.events.clear()
        try:
            self.chain.execute(self.program, places, data)
        except Refusal as refusal:
            named = {each.message: each.code for each in self.compiled.program.errors}
            found = named.get(refusal.message.rpartition(": ")[2])
            expected = refusal.code or found or refusal.name
        if actual == Fault.SAME_ACCOUNT_TWICE and expected != 0:
            return actual  # the model looks at what an account is before it looks for repetitions
        if isinstance(expected, int) or isinstance(actual, int):
            assert actual == expected, f"{name}: CPython {expected}, LiteSVM {actual}"
        if expected == 0:
            assert events == self.chain.events
            assert returned == self.chain.returned
        self._compare({*accounts.values(), *self.people})
        return expected

    def _metas(
        self, name: str, accounts: Mapping[str, Pubkey], unsigned: Sequence[Pubkey]
    ) -> list[AccountMeta]:
        instruction = next(i for i in self.compiled.program.instructions if i.name == name)
        metas = [
            AccountMeta(
                real(accounts[each.name]),
                each.signer and accounts[each.name] not in unsigned,
                each.writable,
            )
            for each in instruction.accounts
        ]
        programs = (RealPubkey(each.address) for each in instruction.programs)
        return metas + [AccountMeta(each, is_signer=False, is_writable=False) for each in programs]

    def _send(self, instruction: Instruction) -> tuple[Outcome, list[bytes], bytes]:
        message = Message([instruction], self.payer.pubkey())
        result = self.svm.send_transaction(Transaction.new_unsigned(message))
        if isinstance(result, FailedTransactionMetadata):
            error = getattr(result.err(), "err", None)
            code = getattr(error, "code", None)
            return (str(error) if code is None else int(code)), [], b""
        marker = "Program data: "
        events = [base64.b64decode(x[len(marker) :]) for x in result.logs() if x.startswith(marker)]
        own = result.return_data().program_id == real(self.program)
        return 0, events, result.return_data().data if own else b""

    def _compare(self, addresses: set[Pubkey]) -> None:
        for address in addresses - {TOKEN_PROGRAM, Pubkey.default()} - self.chain.programs.keys():
            record = self.chain.records.get(address, Record())
            account = self.svm.get_account(real(address))
            if account is None:
                assert record.lamports == 0, address
                assert not record.data, address
                continue
            assert account.lamports == record.lamports, address
            assert bytes(account.owner) == bytes(record.owner), address
            if record.owner == TOKEN_PROGRAM:
                assert _settled(account.data) == token_bytes(record), record.token
            elif record.owner == TOKEN_2022:  # test_token_2022_ends compares what they hold
                assert len(account.data) == len(record.data), record.token
            else:
                assert account.data == bytes(record.data), address


def _option(key: Pubkey | None) -> bytes:
    return bytes(36) if key is None else b"\1\0\0\0" + bytes(key)


def _settled(data: bytes) -> bytes:
    """p-token leaves the key of a delegate where it is when it clears the tag before it."""
    gone = len(data) == 165 and data[72:76] == bytes(4)
    return data[:76] + bytes(32) + data[108:] if gone else data


def token_bytes(record: Record) -> bytes:
    """What SPL Token keeps (spl-token `state.rs`: Mint, Account)."""
    state = record.token
    if isinstance(state, MintState):
        middle = state.supply.to_bytes(8, "little") + bytes([state.decimals, 1])
        return _option(state.mint_authority) + middle + _option(state.freeze_authority)
    assert isinstance(state, TokenState)
    head = bytes(state.mint) + bytes(state.owner) + state.amount.to_bytes(8, "little")
    delegated = state.delegated.to_bytes(8, "little")
    middle = _option(state.delegate) + bytes([1 + state.frozen]) + bytes(12)
    return head + middle + delegated + bytes(36)
