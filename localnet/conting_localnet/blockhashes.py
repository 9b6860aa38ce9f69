"""The recent blockhashes: which may still be used, and until which block height."""

from __future__ import annotations

from solders.hash import Hash

MAX_AGE = 150  # blocks; solana-clock, MAX_PROCESSING_AGE


class Blockhashes:
    """Blockhashes by the slot that they closed, oldest first; a block's height is its slot here."""

    def __init__(self) -> None:
        self._slots: dict[Hash, int] = {}

    def register(self, slot: int, blockhash: Hash) -> None:
        """Add the hash of the block that closed `slot`."""
        self._slots[blockhash] = slot

    def latest(self, slot: int) -> tuple[Hash, int]:
        """Return the newest blockhash that the bank of `slot` knows and the slot it closed."""
        newest_first = reversed(self._slots.items())
        return next((known, closed) for known, closed in newest_first if closed <= slot)

    def is_valid(self, blockhash: Hash, slot: int) -> bool:
        """Say whether the bank of `slot` knows `blockhash`, no more than MAX_AGE blocks old."""
        closed = self._slots.get(blockhash)
        return closed is not None and closed <= slot <= closed + MAX_AGE

    def forget_before(self, slot: int) -> None:
        """Drop what no bank from `slot` on accepts."""
        expired = [known for known, closed in self._slots.items() if closed + MAX_AGE < slot]
        for blockhash in expired:
            del self._slots[blockhash]
