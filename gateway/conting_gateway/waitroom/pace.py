"""How fast a line moves: at its rate, or slower where the room is full and people stay.

Measured over as long as most stay at most. From the opening on that is right by Little's law: who
filled the room at first is as many as leave it while one of them stays.
"""

from collections import deque
from typing import Final

WINDOW: Final = 600.0  # seconds
ENOUGH: Final = 10.0  # seconds, before what was measured is believed
STEP: Final = 1.0  # seconds between two marks
SILENCE: Final = 5.0  # seconds without a word, of which nobody knows how fast the line moved
NEARLY: Final = 0.95  # of the rate: a bucket that is looked at ten times a second gives no more


class Pace:
    """Of one room, as one process sees it. `a_second`: people who are let in, as far as known."""

    def __init__(self, rate: float, capacity: int) -> None:
        self._rate = rate
        self._least = min(rate, capacity / WINDOW)  # nobody stays for longer
        self._marks: deque[tuple[float, int]] = deque()
        self.a_second = rate

    def move(self, now: float, serving: int, *, is_waited: bool) -> None:
        """Takes in how many were let in by `now` (seconds), and whether somebody waits."""
        marks = self._marks
        if not is_waited:
            marks.clear()
            self.a_second = self._rate
            return
        since = now - marks[-1][0] if marks else STEP
        if not 0 <= since <= SILENCE:
            marks.clear()
        elif since < STEP:
            return
        marks.append((now, serving))
        while now - marks[0][0] > WINDOW:
            marks.popleft()
        began, before = marks[0]
        if now - began >= ENOUGH:
            measured = max(self._least, (serving - before) / (now - began))
            self.a_second = measured if measured < NEARLY * self._rate else self._rate
