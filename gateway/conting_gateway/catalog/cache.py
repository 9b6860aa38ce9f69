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
    since: float


class Cache(Generic[Key, Value]):
    """The answers of `load`, each for `seconds`; failures are not kept.

    `is_long`: it may take longer than that, and who asks meanwhile waits for it; else one that
    hangs holds up nobody for longer.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value]],
        *,
        clock: Clock,
        seconds: float,
        is_long: bool = False,
    ) -> None:
        self._load = load
        self._clock = clock
        self._seconds = seconds
        self._is_long = is_long
        self._kept: dict[Key, _Kept[Value]] = {}

    async def get(self, key: Key) -> Value:
        """The value of `key`. Raises what `load` raises."""
        now = self._clock()
        kept = self._kept.get(key)
        if kept is None or not (self._is_fresh(kept, now) or self._is_under_way(kept)):
            self._make_room(now)
            kept = _Kept(asyncio.ensure_future(self._load(key)), now)
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

    def _is_fresh(self, kept: _Kept[Value], now: float) -> bool:
        """And not of a time to come: the clock may have been put back."""
        return kept.since <= now < kept.since + self._seconds

    def _is_under_way(self, kept: _Kept[Value]) -> bool:
        return self._is_long and not kept.value.done()

    def _make_room(self, now: float) -> None:
        if len(self._kept) < MOST:
            return
        live = {key: kept for key, kept in self._kept.items() if self._is_fresh(kept, now)}
        self._kept = live if len(live) < MOST else {}
