"""Keeps what was read for a moment, and reads the same thing only once at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from conting_gateway.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST = 4096  # entries


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    value: "asyncio.Future[Value]"
    until: float


class Cache(Generic[Key, Value]):
    """The answers of `load`, each for `seconds`; failures are not kept."""

    def __init__(
        self, load: Callable[[Key], Awaitable[Value]], *, clock: Clock, seconds: float
    ) -> None:
        self._load = load
        self._clock = clock
        self._seconds = seconds
        self._kept: dict[Key, _Kept[Value]] = {}

    async def get(self, key: Key) -> Value:
        """The value of `key`. Raises what `load` raises."""
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or now >= kept.until:
            self._make_room(now)
            kept = _Kept(asyncio.ensure_future(self._load(key)), now + self._seconds)
            self._kept[key] = kept
        try:
            return await asyncio.shield(kept.value)  # others wait for it too
        except BaseException:
            if kept.value.done() and self._kept.get(key) is kept:
                del self._kept[key]
            raise

    def forget(self, key: Key) -> None:
        """The next one who asks gets what is so by then."""
        self._kept.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._kept) < MOST:
            return
        live = {key: kept for key, kept in self._kept.items() if kept.until > now}
        self._kept = live if len(live) < MOST else {}
