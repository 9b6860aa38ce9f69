"""What the chain says of itself, beside the clock: rent, and the hashes of recent slots."""

from collections.abc import Collection

from seahorse.errors import Fault, FaultError
from seahorse.ints import u64
from seahorse.ledger import Frame, rent
from seahorse.values import Bytes32, array_of

_LARGEST_SIZE = 10 * 1024 * 1024
_HASH_SIZE = 32


class Rent:
    """What accounts cost."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def minimum_balance(self, size: u64) -> u64:
        """Lamports that keep an account of `size` bytes; Fault.OVERFLOW beyond 10 MiB."""
        if int(size) > _LARGEST_SIZE:
            raise FaultError(Fault.OVERFLOW, f"no account has {int(size)} bytes")
        return u64(rent(int(size)))


class SlotHashes:
    """The hashes of the last 512 slots that have a block."""

    __slots__ = ("_frame",)

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def newest_slot(self) -> u64:
        """The newest slot whose hash is known; Fault.NO_VALUE if there is none."""
        return u64(max(self._known()))

    def oldest_slot(self) -> u64:
        """The oldest slot whose hash is known; Fault.NO_VALUE if there is none."""
        return u64(min(self._known()))

    def first_from(self, slot: u64) -> u64:
        """The first slot with a block from this one on; whenever it is asked, it is the same.

        Fault.NO_VALUE where there is none yet, and where the answer could be another than before:
        when all slots that are known are later.
        """
        known = self._known()
        later = [each for each in known if each >= int(slot)]
        if not later or min(known) > int(slot):
            raise FaultError(Fault.NO_VALUE, f"which slot followed {int(slot)} is not known")
        return u64(min(later))

    def _known(self) -> Collection[int]:
        """All slots with a hash; Fault.NO_VALUE if there is none."""
        known = self._frame.clock.slot_hashes
        if not known:
            raise FaultError(Fault.NO_VALUE, "no slot has a hash")
        return known

    def has(self, slot: u64) -> bool:
        """Whether the hash of the slot is known."""
        return int(slot) in self._frame.clock.slot_hashes

    def hash_of(self, slot: u64) -> Bytes32:
        """The hash of the slot's block, 32 bytes; Fault.NO_VALUE where it is not known."""
        found = self._frame.clock.slot_hashes.get(int(slot))
        if found is None:
            raise FaultError(Fault.NO_VALUE, f"the hash of slot {int(slot)} is not known")
        return array_of(found)
