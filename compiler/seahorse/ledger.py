"""What the accounts of the model chain hold, and one instruction's hold on them."""

import copy
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

    @property
    def is_empty(self) -> bool:
        """Nothing was made here yet; lamports do not matter."""
        return self.owner == SYSTEM_PROGRAM and not self.data


@dataclass(slots=True)
class ClockState:
    """What the Clock says: slot, epoch, Unix seconds."""

    slot: int = 1
    epoch: int = 0
    unix_timestamp: int = 0


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
    proofs: tuple[tuple[Pubkey, bytes], ...] = ()
    written: set[Pubkey] = field(default_factory=set)
    """Addresses written as an account of a class, a token account, or something new."""

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
        made.owner, made.data = owner, bytearray(size)
        return made


def snapshot(records: dict[Pubkey, Record]) -> dict[Pubkey, Record]:
    """A copy that shares nothing that can change."""
    return {
        address: replace(record, data=bytearray(record.data), token=copy.copy(record.token))
        for address, record in records.items()
    }
