"""What may be open at the same time: so many in one process, and so many of one client."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from conting_gateway.errors import StreamsFullError

T = TypeVar("T")


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
        """One of them, for as long as the block lasts. Raises StreamsFullError."""
        self.require(who)
        self.open += 1
        self._taken[who] = self._taken.get(who, 0) + 1
        try:
            yield
        finally:
            self.open -= 1
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]


async def begun(stream: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same stream, which has come as far as its first: it has its slot, or has raised why not.

    Else what is refused within it could not be answered any more: its answer would have begun.
    """
    async for first in stream:
        return _from(first, stream)
    return stream  # it has ended


async def _from(first: T, stream: AsyncIterator[T]) -> AsyncIterator[T]:
    yield first
    async for each in stream:
        yield each
