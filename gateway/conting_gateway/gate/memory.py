"""What this process has told gates in the last minute, should Redis lose it in a crash."""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final, TypeVar

from solders.pubkey import Pubkey

from conting_gateway.background import each_by_itself
from conting_gateway.clock import Clock
from conting_gateway.redis import RedisError

REMEMBER: Final = 60.0  # seconds; appendfsync everysec loses one or two
PATIENCE: Final = 2.5  # seconds that an answer waits: a scanner waits for three

T = TypeVar("T")
Again = Callable[[], Awaitable[object]]
AskRun = Callable[[Pubkey, str], Awaitable[str]]


class MendingError(RedisError):
    """Redis has been started again, or another one has taken over: it is told what it may lack."""

    def __init__(self, milliseconds: int) -> None:
        super().__init__(f"Redis is told what it may lack, for {milliseconds} ms")
        self.seconds = milliseconds / 1000


async def once_mended(ask: Callable[[], Awaitable[T]]) -> T:
    """The answer, asked for anew when Redis has been told what it may lack. Raises MendingError."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await ask()
        except MendingError as error:
            if time.monotonic() + error.seconds > end:
                raise
            await asyncio.sleep(error.seconds)


@dataclass(slots=True)
class Told:
    """One of these, by which Redis process it was heard, and when."""

    run: str
    at: float
    since: int
    again: Again


class Memory:
    """Names and what brings them back. `run` is the Redis process that heard of it.

    Who is told again what was never lost sees that by itself.
    """

    def __init__(self, steady: Clock) -> None:
        self._steady = steady
        self._told = defaultdict[Pubkey, OrderedDict[Hashable, Told]](OrderedDict)
        self._runs: dict[Pubkey, str] = {}
        self._expected: set[Pubkey] = set()

    def run(self, event: Pubkey) -> str:
        """The Redis process that an event's gates were last served by, or ''."""
        return self._runs.get(event, "")

    def expect(self, event: Pubkey) -> None:
        """The next round of mending finds out which Redis process serves an event's gates."""
        self._expected.add(event)

    def keep(
        self, name: Hashable, event: Pubkey, run: str, again: Again, *, since: int = 0
    ) -> None:
        """Remembers something: of its name the newest, which has the latest `since`."""
        self._runs[event] = run
        told = self._told[event]
        if name in told and told[name].since > since:
            return  # Redis has lost that, and will hear of it again
        told[name] = Told(run, self._steady(), since, again)
        told.move_to_end(name)

    async def mend(self, ask_run: AskRun) -> None:
        """Tells again what another process than the one that serves now was told.

        An event whose Redis does not answer keeps none of the others waiting.
        """
        events = self._expected.union(self._told)
        await each_by_itself(events, lambda event: self._mend(event, ask_run))

    async def _mend(self, event: Pubkey, ask_run: AskRun) -> None:
        """The newest first, which is likeliest to be lost."""
        asked = self._steady()
        run = await ask_run(event, self.run(event))
        self._expected.discard(event)
        told = self._told[event]
        for name, each in reversed(list(told.items())):
            if each.run != run and told.get(name) is each:
                await each.again()
                each.run, each.at = run, self._steady()
        self._runs[event] = run
        self._forget(event, asked)

    def _forget(self, event: Pubkey, asked: float) -> None:
        """What a Redis that answered when it was asked has known for so long, it does not lose."""
        told = self._told[event]
        while told and next(iter(told.values())).at < asked - REMEMBER:
            told.popitem(last=False)
        if not told:
            del self._told[event]
