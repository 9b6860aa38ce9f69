"""What the accounts of the model chain hold, and one instruction's hold on them."""

import copy
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from seahorse.errors import CallError, Fault, FaultError
from seahorse.values import Pubkey

SYSTEM_PROGRAM: Final = Pubkey.default()
_LAMPORTS_PER_BYTE: Final = 6_960
_RECORD_OVERHEAD: Final = 128
_NEGATIVE_LAMPORTS: Final = 1


def rent(size: int) -> int:
    """Lamports that keep an account of `size` bytes for ever (mainnet's rent, facts 1.1)."""
    return (_RECORD_OVERHEAD + size) * _LAMPORTS_PER_BYTE


@dataclass(slots=True)
class Record:
    """One account: lamports, owning program, bytes; `token` is what Token-2022 keeps in it."""

    lamports: int = 0
    owner: Pubkey = SYSTEM_PROGRAM
    data: bytearray = field(default_factory=bytearray)
    token: object = None
    gone: bytes | None = None
    """What it held when this instruction, or one that it called, closed it."""

    @property
    def size(self) -> int:
        """How many bytes it has; those of one that was closed are only still read."""
        return 0 if self.gone is not None else len(self.data)

    @property
    def is_empty(self) -> bool:
        """Nothing was made here yet; lamports do not matter."""
        return self.owner == SYSTEM_PROGRAM and not self.size

    def close(self) -> None:
        """Nothing is left of it that could be used, but by who has read of it."""
        self.lamports, self.owner, self.gone = 0, SYSTEM_PROGRAM, bytes(self.data)


@dataclass(slots=True)
class ClockState:
    """What the Clock says: slots, epochs, Unix seconds; the hashes of slots by their number."""

    slot: int = 1
    epoch: int = 0
    unix_timestamp: int = 0
    epoch_start_timestamp: int = 0
    leader_schedule_epoch: int = 1
    slot_hashes: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallMeta:
    """An account of a call of another program."""

    address: Pubkey
    is_writable: bool
    is_signer: bool
    by_seeds: bool
    """Whether it signs by the seeds of its address, which were checked."""


@dataclass(slots=True)
class Tail:
    """Fields that vary in size, and those behind them: by name, and how they become bytes."""

    start: int
    """Where their bytes begin."""
    values: dict[str, object]
    encode: Callable[[dict[str, object]], bytes]


@dataclass(slots=True)
class Frame:
    """One running instruction: the accounts as it changes them, and what its transaction brought.

    `proofs` are the (key, message) pairs of the Ed25519 instruction right before this one.
    """

    program_id: Pubkey
    records: dict[Pubkey, Record]
    clock: ClockState
    signers: frozenset[Pubkey] = frozenset()
    writable: frozenset[Pubkey] = frozenset()
    proofs: tuple[tuple[Pubkey | bytes, bytes], ...] = ()
    call: "Callable[[Frame, Pubkey, Sequence[CallMeta], bytes], None] | None" = None
    """Executes an instruction of another program on the same records."""
    executables: frozenset[Pubkey] = frozenset()
    """The programs that there are."""
    returned: bytes = b""
    """The result, as return data."""
    events: list[bytes] = field(default_factory=list)
    """What was emitted."""
    tails: dict[Pubkey, Tail] = field(default_factory=dict)
    """What follows an account's fields of fixed size, as long as the instruction runs."""
    written: set[Pubkey] = field(default_factory=set)
    """Addresses written as an account of a class, a token account, or something new."""
    hands: bool = False
    """Whether a called program may have written an account that is here of no class."""
    callers: tuple[Pubkey, ...] = ()
    """The programs whose calls led here, the first one first."""

    def record(self, address: Pubkey) -> Record:
        """The account at the address; an empty one where there was none."""
        return self.records.setdefault(address, Record())

    def change(self, address: Pubkey, *, exclusive: bool = True) -> Record:
        """The record, to be changed. `exclusive`: no other place of the instruction may be it."""
        if address not in self.writable:
            raise FaultError(Fault.NOT_WRITABLE, str(address))
        if exclusive:
            self.written.add(address)
        return self.record(address)

    def store_tails(self, handed: Collection[Pubkey] | None = None) -> None:
        """What an instruction that succeeds does at last, and before a call for the accounts that
        are handed to it; Fault.ACCOUNT_FULL without room.
        """
        for address, tail in self.tails.items():
            if handed is not None and address not in handed:
                continue
            data = self.record(address).data
            if not self.record(address).size:
                continue
            raw = tail.encode(tail.values)
            end = tail.start + len(raw)
            if bytes(data[tail.start : end]) == raw:
                continue
            self.change(address)
            if end > len(data):
                raise FaultError(Fault.ACCOUNT_FULL, f"{end} > {len(data)}")
            data[tail.start : end] = raw

    def pay(self, payer: Pubkey, to: Pubkey, lamports: int) -> None:
        """The System program's transfer; CallError where the payer cannot."""
        source = self.change(payer, exclusive=False)
        if payer not in self.signers:
            raise CallError("MissingRequiredSignature")
        if source.data:
            raise CallError("InvalidArgument")
        if source.lamports < lamports:
            raise CallError("ResultWithNegativeLamports", _NEGATIVE_LAMPORTS)
        target = self.change(to, exclusive=False)
        source.lamports -= lamports
        target.lamports += lamports

    def create(self, address: Pubkey, payer: Pubkey, *, size: int, owner: Pubkey) -> Record:
        """A new account with its rent; lamports that somebody sent there before count."""
        made = self.change(address)
        self.pay(payer, address, max(rent(size) - made.lamports, 0))
        made.owner, made.gone = owner, None
        made.data[:] = bytes(size)
        return made


def snapshot(records: dict[Pubkey, Record]) -> dict[Pubkey, Record]:
    """A copy that shares nothing that can change."""
    return {
        address: replace(record, data=bytearray(record.data), token=copy.copy(record.token))
        for address, record in records.items()
    }
