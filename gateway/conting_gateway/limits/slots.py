"""What may be open at the same time: so many in one process, and so many of one client."""

import contextlib
from collections.abc import Iterator

from conting_gateway.errors import StreamsFullError


class Slots:
    """Streams that one process holds: `most` in all, `each` of whoever takes them.

    Without the second bound, one client could take them all.
    """

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._taken: dict[str, int] = {}
        self.open = 0
        """How many there are."""

    def require(self, who: str) -> None:
        """Raises StreamsFullError unless one more is free."""
        if self.open >= self._most:
            raise StreamsFullError
        if self._taken.get(who, 0) >= self._each:
            raise StreamsFullError("You hold as many streams as one may; close one of them first.")

    @contextlib.contextmanager
    def take(self, who: str) -> Iterator[None]:
        """One of them, for as long as the block lasts; `require` comes before it."""
        self.open += 1
        self._taken[who] = self._taken.get(who, 0) + 1
        try:
            yield
        finally:
            self.open -= 1
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
