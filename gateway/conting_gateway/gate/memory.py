"""What this process has told gates in the last minute, should Redis lose it in a crash."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final, TypeVar

from solders.pubkey import Pubkey

from conting_gateway.clock import Clock
from conting_gateway.gate.lua import MENDING
from conting_gateway.redis import RedisError

REMEMBER: Final = 60.0  # seconds; appendfsync everysec loses one or two

PAUSE: Final = 0.1  # seconds
TRIES: Final = round(MENDING / 1000 / PAUSE) + 2

T = TypeVar("T")
Again = Callable[[], Awaitable[object]]
AskRun = Callable[[Pubkey, str], Awaitable[str]]


class MendingError(RedisError):
    """Redis has been started again, or another one has taken over: it is told what it may lack."""


async def once_mended(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, which waits until Redis has been told what it may lack. Raises MendingError."""
    for _ in range(TRIES):
        with contextlib.suppress(MendingError):
            return await ask()
        await asyncio.sleep(PAUSE)
    return await ask()


@dataclass(slots=True)
class Told:
    """One of these, by which Redis process it was heard, and when."""

    event: Pubkey
    run: str
    at: float
    again: Again


class Memory:
    """Names and what brings them back. `run` is the Redis process that heard of it.

    Who is told again what was never lost sees that by itself.
    """

    def __init__(self, steady: Clock) -> None:
        self._steady = steady
        self._told: OrderedDict[Hashable, Told] = OrderedDict()
        self._runs: dict[Pubkey, str] = {}
        self._expected: set[Pubkey] = set()

    def run(self, event: Pubkey) -> str:
        """The Redis process that an event's gates were last served by, or ''."""
        return self._runs.get(event, "")

    def expect(self, event: Pubkey) -> None:
        """The next round of mending finds out which Redis process serves an event's gates."""
        if event not in self._runs:
            self._expected.add(event)

    def keep(self, name: Hashable, event: Pubkey, run: str, again: Again) -> None:
        """Remembers something for a minute; the newest of its name."""
        self._runs[event] = run
        self._told[name] = Told(event, run, self._steady(), again)
        self._told.move_to_end(name)

    def told(self, name: Hashable) -> Told | None:
        """What is remembered by this name."""
        return self._told.get(name)

    def drop(self, name: Hashable, told: Told | None) -> None:
        """Forgets what was taken back, unless something else has this name by now."""
        if self._told.get(name) is told:
            self._told.pop(name, None)

    async def mend(self, ask_run: AskRun) -> None:
        """Tells again what another process than the one that serves now was told.

        An event whose Redis does not answer keeps none of the others waiting for the next round.
        """
        self._forget()
        failures = []
        for event in self._expected.union(each.event for each in self._told.values()):
            try:
                await self._mend(event, ask_run)
            except RedisError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    async def _mend(self, event: Pubkey, ask_run: AskRun) -> None:
        run = await ask_run(event, self.run(event))
        for each in [told for told in self._told.values() if told.event == event]:
            if each.run != run:
                await each.again()
                each.run = run
        self._runs[event] = run
        self._expected.discard(event)

    def _forget(self) -> None:
        end = self._steady() - REMEMBER
        while self._told and next(iter(self._told.values())).at < end:
            self._told.popitem(last=False)
