"""The chain's time: slots are a function of the clock, so the two can never drift apart."""

from __future__ import annotations

from collections.abc import Callable

FIRST_SLOT = 1  # slot 0 is the genesis


class Timeline:
    """Map the clock (unix seconds) to slots of `slot_seconds` each, with an offset for jumps."""

    def __init__(self, clock: Callable[[], float], slot_seconds: float) -> None:
        self.slot_seconds = slot_seconds
        self._clock = clock
        self._origin = clock()
        self._jumped = 0.0

    def slot(self) -> int:
        """Return the slot that is open now."""
        elapsed = self._clock() + self._jumped - self._origin
        return FIRST_SLOT + max(0, int(elapsed / self.slot_seconds))

    def time_of(self, slot: int) -> int:
        """Return the unix time, in seconds, at which `slot` begins."""
        return int(self._origin + (slot - FIRST_SLOT) * self.slot_seconds)

    def until(self, slot: int) -> float:
        """Return the seconds from now until `slot` begins; negative when it has begun."""
        now = self._clock() + self._jumped
        return self._origin + (slot - FIRST_SLOT) * self.slot_seconds - now

    def jump(self, seconds: float) -> None:
        """Move the chain's time forward by `seconds`."""
        self._jumped += seconds
