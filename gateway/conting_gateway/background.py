"""Work that goes on beside requests, and ends between two rounds of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

PATIENCE = 10.0  # seconds that the last rounds may take
AGAIN = 0.2  # seconds

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[], Awaitable[object]]


async def each_by_itself(things: Iterable[T], do: Callable[[T], Awaitable[object]]) -> None:
    """One round of something for each; a failure is raised once all have ended.

    Until the last one is through, it is done again and again for the others: of a cluster, one
    master may be away. Nothing is left behind.
    """
    under_way = {asyncio.ensure_future(do(each)): each for each in things}
    first, failures = set(under_way), list[BaseException]()
    try:
        while under_way:
            done, late = await asyncio.wait(under_way, timeout=AGAIN)
            for task in done:
                each = under_way.pop(task)
                if (failure := task.exception()) is not None:
                    failures.append(failure)
                elif late & first:
                    under_way[asyncio.ensure_future(do(each))] = each
    finally:
        for task in under_way:
            task.cancel()
    if failures:
        raise failures[0]


class Background:
    """Repeats work until `stop`, which lets the rounds that are under way end.

    They are not cancelled: redis-py now and then swallows a cancellation, and a script that is
    half-way should be heard out anyway.
    """

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, interval: float, work: Work) -> None:
        """Does `work` again and again, `interval` seconds apart."""
        self._tasks.append(asyncio.create_task(self._repeat(interval, work)))

    async def stop(self) -> None:
        """Ends all work, at the latest after ten seconds."""
        self._stopping.set()
        _, late = await asyncio.wait(self._tasks, timeout=PATIENCE)
        for task in late:
            task.cancel()

    async def _repeat(self, interval: float, work: Work) -> None:
        """A failure is logged when it begins and when it ends: work outlives an outage."""
        failing = False
        while not self._stopping.is_set():
            problem = await _round(work)
            if problem is not None and not failing:
                log.warning("%s fails: %s", _name(work), problem)
            elif problem is None and failing:
                log.info("%s works again", _name(work))
            failing = problem is not None
            await self._pause(interval)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


async def _round(work: Work) -> str | None:
    try:
        await work()
    except Exception as error:  # noqa: BLE001 the loop must outlive any single round
        return f"{type(error).__name__}: {error}"
    return None


def _name(work: Work) -> str:
    return getattr(work, "__qualname__", "background work")
