"""Accounts as a program sees them: views on the ledger, read and written in place."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from seahorse.addresses import MAX_SEED_SIZE, find_program_address
from seahorse.errors import Fault, FaultError
from seahorse.ints import i8, i16, i32, i64, i128, u8, u16, u32, u64, u128
from seahorse.ledger import Frame, rent
from seahorse.values import Array, Bytes33, Pubkey, plain_bytes

INSTRUCTIONS_ADDRESS: Final = Pubkey("Sysvar1nstructions1111111111111111111111111")


class AccountLike:
    """Whatever stands at an address."""

    __slots__ = ("_address", "_frame")

    def __init__(self, frame: Frame, address: Pubkey) -> None:
        self._frame = frame
        self._address = address

    def key(self) -> Pubkey:
        """The account's address."""
        return self._address

    def lamports(self) -> u64:
        """Its balance in lamports."""
        return u64(frame_of(self).record(self._address).lamports)


def frame_of(account: AccountLike) -> Frame:
    """The instruction that the view belongs to."""
    return account._frame


def address_of(account: AccountLike) -> Pubkey:
    """The address, also of a class with a field named `key`."""
    return account._address


class UncheckedAccount(AccountLike):
    """Any account; the program may look at its address and lamports only."""

    __slots__ = ()


class Signer(UncheckedAccount):
    """An account whose key signed the transaction."""

    __slots__ = ()

    def transfer_lamports(self, to: AccountLike, amount: u64) -> None:
        """Sends lamports with the System program; CallError 1 where there are too few."""
        frame_of(self).pay(self._address, address_of(to), int(amount))

    def pay_rent(self, to: AccountLike) -> None:
        """Sends what the account lacks to be kept with as many bytes as it has now."""
        frame, address = frame_of(self), address_of(to)
        record = frame.change(address, exclusive=False)
        frame.change(self._address, exclusive=False)
        lacking = rent(record.size) - record.lamports
        if lacking > 0:
            frame.pay(self._address, address, lacking)


class Instructions(AccountLike):
    """The instructions of the transaction."""

    __slots__ = ()

    def ed25519_before(self, key: Pubkey, message: bytes) -> bool:
        """Whether the instruction right before this one proves just that `key` signed `message`."""
        return frame_of(self).proofs == ((key, message),)

    def ed25519_padded_before(self, key: Bytes33, message: bytes) -> bool:
        """The same for a key in 33 bytes, where keys of both kinds share a field; the last is left
        out.
        """
        return frame_of(self).proofs == ((Pubkey.of(bytes(key)[:-1]), message),)

    def secp256r1_before(self, key: Bytes33, message: bytes) -> bool:
        """The same for a P-256 key: 33 bytes, compressed."""
        return frame_of(self).proofs == ((bytes(key), message),)


class Clock:
    """The chain's clock."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def unix_timestamp(self) -> i64:
        """Unix seconds, as the validators agree on them."""
        return i64(self._frame.clock.unix_timestamp)

    def slot(self) -> u64:
        """The number of the slot that runs."""
        return u64(self._frame.clock.slot)

    def epoch(self) -> u64:
        """The number of the epoch that runs."""
        return u64(self._frame.clock.epoch)

    def epoch_start_timestamp(self) -> i64:
        """Unix seconds of the first slot of the epoch."""
        return i64(self._frame.clock.epoch_start_timestamp)

    def leader_schedule_epoch(self) -> u64:
        """The last epoch whose leaders are known."""
        return u64(self._frame.clock.leader_schedule_epoch)


Seed: TypeAlias = (
    "str | bytes | Pubkey | u8 | u16 | u32 | u64 | u128 | i8 | i16 | i32 | i64 | i128"
    " | AccountLike | Array[u8]"
)
Seeds = Sequence[Seed]
"""What an address is derived from: text, bytes, keys, integers (little-endian), accounts."""


def raw_seeds(seeds: Seeds) -> list[bytes]:
    """The bytes of each seed; Fault.WRONG_SEEDS for one that is too long."""
    raw = [bytes(address_of(s)) if isinstance(s, AccountLike) else plain_bytes(s) for s in seeds]
    if any(len(seed) > MAX_SEED_SIZE for seed in raw):
        raise FaultError(Fault.WRONG_SEEDS, f"a seed has at most {MAX_SEED_SIZE} bytes")
    return raw


def find_address(frame: Frame, seeds: Seeds) -> tuple[Pubkey, int]:
    """The address of the seeds under the running program, and its bump."""
    address, bump = find_program_address(raw_seeds(seeds), bytes(frame.program_id))
    return Pubkey.of(address), bump


def claim(empty: AccountLike, seeds: Seeds | None) -> tuple[Pubkey, int]:
    """Where the seeds lead, once it proves to be where `empty` stands and nothing is there yet.

    Without seeds it stands at a key of its own, which has to sign; there is no bump then (0).
    """
    frame = frame_of(empty)
    address, bump = (address_of(empty), 0) if seeds is None else find_address(frame, seeds)
    if seeds is None and address not in frame.signers:
        raise FaultError(Fault.NOT_SIGNER, str(address))
    if address != address_of(empty):
        raise FaultError(Fault.WRONG_SEEDS, f"{address_of(empty)} is not {address}")
    if not frame.record(address).is_empty:
        raise FaultError(Fault.NOT_EMPTY, str(address))
    return address, bump
