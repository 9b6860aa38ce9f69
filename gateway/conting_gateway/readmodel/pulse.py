"""Whether the chain moves, as far as the RPC lets us know: an RPC that stands still answers too."""

from conting_gateway.clock import Clock


class Pulse:
    """The newest slot that was heard of, and since when there was none newer."""

    def __init__(self, clock: Clock, patience: float, lag: int) -> None:
        self._clock = clock
        self._patience = patience
        self._lag = lag
        self._slot = -1
        self._since: float | None = None

    @property
    def slot(self) -> int | None:
        """The newest slot; None before the first one."""
        return None if self._since is None else self._slot

    def heard(self, slot: int) -> None:
        """Takes in what the RPC says now; far behind what it said before, it is another chain."""
        if slot > self._slot or slot < self._slot - self._lag:
            self._slot, self._since = slot, self._clock()

    def age(self) -> float | None:
        """Seconds since the newest slot was first heard of; None before the first one.

        From when the clock was put back, if it was.
        """
        if self._since is None:
            return None
        now = self._clock()
        self._since = min(self._since, now)
        return now - self._since

    def is_alive(self) -> bool:
        """Whether that is recent enough for the chain to be moving."""
        age = self.age()
        return age is not None and age <= self._patience
