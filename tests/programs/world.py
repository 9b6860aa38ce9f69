"""One chain with all programs at their declared addresses: the tool of every test of programs.

    world = World()
    ann = world.actor()
    call = family.register_self(wallet=ann.pubkey(), scheme=..., device=...)
    world.must(world.send(call, by=ann))
    refused(world.send(call, by=ann), "NOT_EMPTY")

Instructions come from the generated clients, and so do the classes that `read` decodes. After each
transaction that fails, `send` compares every account of our programs and of the token programs,
and every account that the transaction names, byte for byte with what it was before.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, Protocol, Self, TypeVar

from conting_compiler.ir.faults import Fault
from conting_compiler.link.linker import Arch
from solders.account import Account
from solders.clock import Clock
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.transaction import Transaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata

from tests.compiled import PROGRAMS, compiled, elf

TOKEN: Final = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
TOKEN_2022: Final = Pubkey.from_string("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb")
SOL: Final = 10**9
"""Lamports."""
START: Final = 1_800_000_000
"""Unix seconds of the chain's clock when a world begins."""
FIRST_SLOT: Final = 300_000_000
SLOT_MILLISECONDS: Final = 400
KNOWN_SLOTS: Final = 512
"""How many hashes the SlotHashes sysvar keeps."""
_FAILED: Final = re.compile(r"Program (\w+) failed: custom program error: 0x([0-9a-f]+)")
_RUNTIME: Final = re.compile(r"Fieldless\((\w+)\)")
_EVENT: Final = "Program data: "
_Snapshot = dict[Pubkey, Account | None]


class _Decoded(Protocol):
    """An account or event class of a generated client."""

    @classmethod
    def decode(cls, data: bytes) -> Self: ...


_D = TypeVar("_D", bound=_Decoded)


def program_names() -> list[str]:
    """The programs that there are: those with a `program.py`."""
    return sorted(each.parent.name for each in PROGRAMS.glob("*/program.py"))


@cache
def _error_names() -> Mapping[Pubkey, Mapping[int, str]]:
    faults = {int(each): each.name for each in Fault}
    return {
        Pubkey(program.address): faults | {each.code: each.name for each in program.errors}
        for program in (compiled(name).program for name in program_names())
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a transaction."""

    error: str
    """Empty if it was accepted; else the name of the error, or the runtime's words for it."""
    units: int
    """Compute units of the whole transaction."""
    fee: int
    """Lamports."""
    logs: tuple[str, ...]
    rent: int = 0
    """Lamports that accounts have to keep now and did not before; below 0 if some were closed."""

    @property
    def accepted(self) -> bool:
        """Whether the transaction changed the chain."""
        return not self.error


def refused(outcome: Outcome, name: str) -> None:
    """Asserts that the transaction failed with just this error."""
    assert outcome.error == name, "\n".join([f"{outcome.error!r}, not {name}", *outcome.logs])


def told(outcome: Outcome, kind: type[_D]) -> _D:
    """The one event in the transaction's log, decoded as a class of a generated client."""
    (line,) = [each for each in outcome.logs if each.startswith(_EVENT)]
    return kind.decode(base64.b64decode(line.removeprefix(_EVENT)))


def swapped(call: Instruction, old: Pubkey, new: Pubkey) -> Instruction:
    """The same call with another account in each place of `old`."""
    accounts = [
        AccountMeta(new, each.is_signer, each.is_writable) if each.pubkey == old else each
        for each in call.accounts
    ]
    return Instruction(call.program_id, bytes(call.data), accounts)


def unsigned(call: Instruction, key: Pubkey) -> Instruction:
    """The same call, but `key` need not sign."""
    accounts = [
        AccountMeta(key, is_signer=False, is_writable=each.is_writable)
        if each.pubkey == key
        else each
        for each in call.accounts
    ]
    return Instruction(call.program_id, bytes(call.data), accounts)


@dataclass
class World:
    """A fresh chain. Everything in it follows from what the test does: keys are counted, not drawn.

    `sent` keeps every message, for tests that watch the chain as a stranger would.
    """

    arch: Arch = "v3"
    svm: LiteSVM = field(default_factory=LiteSVM)
    sent: list[tuple[Message, Outcome]] = field(default_factory=list)
    _slot: int = FIRST_SLOT
    _actors: int = 0
    _skipped: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name in program_names():
            self.svm.add_program(self.program(name), elf(name, self.arch))
        self.at(START)

    @staticmethod
    def program(name: str) -> Pubkey:
        """The declared address of one of our programs."""
        return Pubkey(compiled(name).program.address)

    # Actors

    def actor(self, lamports: int = 1_000 * SOL) -> Keypair:
        """Somebody new, with money."""
        self._actors += 1
        seed = hashlib.sha256(b"actor" + self._actors.to_bytes(8, "little")).digest()
        actor = Keypair.from_seed(seed)
        if lamports:
            self.svm.airdrop(actor.pubkey(), lamports)
        return actor

    # Time

    @property
    def now(self) -> int:
        """Unix seconds of the chain's clock."""
        return self.svm.get_clock().unix_timestamp

    @property
    def slot(self) -> int:
        """The slot that the next transaction is in."""
        return self._slot

    def at(self, time: int) -> None:
        """Moves the clock to `time`, and the slots along with it."""
        past = max(0, time - START)
        self._set(time, max(self._slot, FIRST_SLOT + past * 1_000 // SLOT_MILLISECONDS))

    def wait(self, seconds: int) -> None:
        """Lets so many seconds pass."""
        self.at(self.now + seconds)

    def to_slot(self, slot: int) -> None:
        """Moves on to `slot`, and the clock along with it."""
        self._set(max(self.now, START + (slot - FIRST_SLOT) * SLOT_MILLISECONDS // 1_000), slot)

    def skip(self, *slots: int) -> None:
        """Says that no block was made in these slots: they have no hash."""
        self._skipped.update(slots)
        self._set(self.now, self._slot)

    def hash_of(self, slot: int) -> Hash:
        """The hash of a slot: another one for each, and known to nobody before."""
        return Hash(hashlib.sha256(b"block" + slot.to_bytes(8, "little")).digest())

    def _set(self, time: int, slot: int) -> None:
        self._slot = slot
        self.svm.set_clock(Clock(slot, 0, 0, 0, time))
        known = (s for s in range(slot - 1, slot - 1 - KNOWN_SLOTS, -1) if s not in self._skipped)
        self.svm.set_slot_hashes([(each, self.hash_of(each)) for each in known])

    # Transactions

    def send(self, *calls: Instruction, by: Keypair | Sequence[Keypair]) -> Outcome:
        """Sends one transaction; the first of those who sign it pays its fee.

        AssertionError if an account was changed although the transaction failed.
        """
        signers = [by] if isinstance(by, Keypair) else list(by)
        message = Message(list(calls), signers[0].pubkey())
        self.svm.expire_blockhash()
        transaction = Transaction(signers, message, self.svm.latest_blockhash())
        before = self._snapshot(message)
        result = self.svm.send_transaction(transaction)
        outcome = self._outcome(result)
        if outcome.accepted:
            outcome = replace(outcome, rent=self._rent_since(before, message))
        self.sent.append((message, outcome))
        if not outcome.accepted:
            self._assert_unchanged(before, self._snapshot(message), signers[0].pubkey(), outcome)
        return outcome

    @staticmethod
    def must(outcome: Outcome) -> Outcome:
        """Asserts that the transaction was accepted."""
        assert outcome.accepted, "\n".join([outcome.error, *outcome.logs])
        return outcome

    def _outcome(self, result: TransactionMetadata | FailedTransactionMetadata) -> Outcome:
        failed = isinstance(result, FailedTransactionMetadata)
        meta = result.meta() if isinstance(result, FailedTransactionMetadata) else result
        logs = tuple(meta.logs())
        error = self._name(result) if failed else ""
        return Outcome(error, meta.compute_units_consumed(), meta.fee(), logs)

    @staticmethod
    def _name(result: TransactionMetadata | FailedTransactionMetadata) -> str:
        assert isinstance(result, FailedTransactionMetadata)
        found = [match for match in map(_FAILED.search, result.meta().logs()) if match]
        if not found:
            words = str(result.err())
            plain = _RUNTIME.search(words)
            return plain[1] if plain else words
        program, code = Pubkey.from_string(found[0][1]), int(found[0][2], 16)
        return _error_names().get(program, {}).get(code, f"{program}: {code}")

    # Accounts

    def exists(self, key: Pubkey) -> bool:
        """Whether anything lies at the address."""
        return self.account(key) is not None

    def account(self, key: Pubkey) -> Account | None:
        """The account as it is, or None."""
        found = self.svm.get_account(key)
        return found if found is not None and (found.lamports or found.data) else None

    def lamports(self, key: Pubkey) -> int:
        """The balance, 0 if there is no account."""
        return self.svm.get_balance(key) or 0

    def rent_of(self, key: Pubkey) -> int:
        """The lamports that the account has to keep, in its present size."""
        found = self.account(key)
        return 0 if found is None else self.svm.minimum_balance_for_rent_exemption(len(found.data))

    def read(self, kind: type[_D], key: Pubkey) -> _D:
        """The account, decoded as a class of a generated client."""
        found = self.account(key)
        assert found is not None, f"nothing at {key}"
        return kind.decode(bytes(found.data))

    def accounts(self) -> Iterator[tuple[Pubkey, Account]]:
        """Every account of our programs and of the token programs."""
        for owner in [*map(self.program, program_names()), TOKEN, TOKEN_2022]:
            yield from self.svm.get_program_accounts(owner)

    def _rent_since(self, before: _Snapshot, message: Message) -> int:
        def kept(account: Account | None) -> int:
            if account is None or not account.data:
                return 0
            return self.svm.minimum_balance_for_rent_exemption(len(account.data))

        keys = message.account_keys
        return sum(kept(self.account(key)) - kept(before[key]) for key in keys)

    def _snapshot(self, message: Message) -> _Snapshot:
        named = {key: self.account(key) for key in message.account_keys}
        return named | dict(self.accounts())

    @staticmethod
    def _assert_unchanged(
        before: _Snapshot, after: _Snapshot, payer: Pubkey, outcome: Outcome
    ) -> None:
        paid, left = before.pop(payer), after.pop(payer)
        assert paid is not None
        assert (0 if left is None else left.lamports) == paid.lamports - outcome.fee
        changed = [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
        assert not changed, f"{outcome.error}, but changed: {', '.join(map(str, changed))}"
