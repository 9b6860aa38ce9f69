"""Joins that arrive together go to Redis together, and never more than one batch at a time.

While a batch is under way the next one collects by itself, so batches grow with the load and cost
no waiting when there is none. In a crowd it collects a moment longer, in a rush until it is worth
it: a call of Redis costs as much as ten joins, and thirty where all share two cores. While a Redis
that was just started gives no numbers, joins wait and ask again. What waits is bounded: beyond
that, an honest "busy".
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_gateway.waitroom.errors import NoQueueError, QueueBusyError
from conting_gateway.waitroom.store import NOT_NOW

MOST = 512  # joins in one batch
CROWD = 8  # joins that came during one batch, from which on the next one waits for more
GATHER = 0.005  # seconds that it waits
ENOUGH = 60  # joins in a batch that are worth waiting for,
RUSH = 0.012  # if they come within so many seconds
WAITING = 20_000  # joins that may wait in this process
PATIENCE = 3.0  # seconds that the oldest of them may have waited; a disk can hold Redis for two
AGAIN = 0.1  # seconds, after which is asked again by whom no number was given

log = logging.getLogger(__name__)

Write = Callable[[Pubkey, Sequence[str]], Awaitable[list[int] | None]]
Answer = Callable[[str, int | Exception], None]
"""Told the guest, and the number or what prevents it."""


@dataclass(slots=True)
class Join:
    """One who waits for a number; not frozen, which would triple the cost of making one.

    Those of one `event`, the same object, go to Redis together.
    """

    event: Pubkey
    guest: str
    since: float
    answer: Answer


class JoinBatcher:
    """Collects joins and hands them to `write`, those of one event after those of another."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._lines: dict[int, deque[Join]] = {}
        """By the identity of the event, to compute no hash; none is empty."""
        self._resting: dict[int, float] = {}
        """Until when an event for which no numbers are given is not asked for again."""
        self._flight: asyncio.Task[None] | None = None
        self.waiting = 0
        """How many joins wait for the next batch of theirs."""
        self.batches = 0

    def submit(self, event: Pubkey, guest: str, answer: Answer) -> None:
        """Has `answer` called once with the guest's number, or with what prevents it.

        Raises QueueBusyError.
        """
        now, line = time.monotonic(), self._lines.get(id(event))
        if self.waiting >= WAITING or (line and now - line[0].since > PATIENCE):
            raise QueueBusyError
        if line is None:
            line = self._lines[id(event)] = deque()
        line.append(Join(event, guest, now, answer))
        self.waiting += 1
        if self._flight is None:
            self._flight = asyncio.get_running_loop().create_task(self._fly())

    async def join(self, event: Pubkey, guest: str) -> int:
        """The guest's number. Raises QueueBusyError, NoQueueError, and what `write` raises."""
        number: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.submit(event, guest, lambda _, outcome: _settle(number, outcome))
        return await number

    async def drain(self) -> None:
        """Waits until everybody who joined has an answer."""
        if self._flight is not None:
            await self._flight

    async def _fly(self) -> None:
        while self._lines:
            now = time.monotonic()
            ready = [event for event in self._lines if self._resting.get(event, now) <= now]
            if not ready:
                await asyncio.sleep(AGAIN)
            for event in ready:
                began = time.monotonic()
                await self._send(event, self._take(event))
                if CROWD <= self.waiting < ENOUGH:
                    await asyncio.sleep(gather(self.waiting, time.monotonic() - began))
        self._flight = None

    def _take(self, event: int) -> list[Join]:
        line = self._lines[event]
        batch = [line.popleft() for _ in range(min(len(line), MOST))]
        if not line:
            del self._lines[event]
        self.waiting -= len(batch)
        return batch

    def _take_late(self, event: int) -> list[Join]:
        """Those who have waited too long: a Redis that hangs takes seconds for each batch."""
        line, late = self._lines.get(event, deque()), list[Join]()
        while line and time.monotonic() - line[0].since > PATIENCE:
            late.append(line.popleft())
        if not line:
            self._lines.pop(event, None)
        self.waiting -= len(late)
        return late

    async def _send(self, event: int, batch: list[Join]) -> None:
        self.batches += 1
        outcomes: Sequence[int | Exception] | None
        try:
            outcomes = await self._write(batch[0].event, [join.guest for join in batch])
        except Exception as error:  # noqa: BLE001 each of those who wait gets it
            batch += self._take_late(event)
            outcomes = [error] * len(batch)
        again = _answered(batch, outcomes or [NoQueueError()] * len(batch))
        self._resting.pop(event, None)
        if again:
            self._lines.setdefault(event, deque()).extendleft(reversed(again))
            self._resting[event] = time.monotonic() + AGAIN
            self.waiting += len(again)


def _answered(batch: list[Join], outcomes: Sequence[int | Exception]) -> list[Join]:
    """Those who are to ask again, before all who came later."""
    again = []
    for join, outcome in zip(batch, outcomes, strict=True):
        if outcome == NOT_NOW and time.monotonic() - join.since < PATIENCE:
            again.append(join)
            continue
        try:
            join.answer(join.guest, outcome)
        except Exception:  # its connection's; those behind it are to be answered all the same
            log.exception("a join could not be answered")
    return again


def gather(came: int, seconds: float) -> float:
    """How long the next batch is to collect, in seconds, if so many came in so many."""
    until_enough = (ENOUGH - came) * seconds / came
    return until_enough if until_enough <= RUSH else GATHER


def _settle(number: "asyncio.Future[int]", outcome: int | Exception) -> None:
    if number.done():  # who asked has gone
        return
    if isinstance(outcome, Exception):
        number.set_exception(outcome)
    else:
        number.set_result(outcome)
