"""Where places stand, for those who hold a connection: told again whenever it changes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from solders.pubkey import Pubkey

from conting_gateway.errors import StreamsFullError
from conting_gateway.limits.slots import Slots
from conting_gateway.waitroom.errors import NoQueueError
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.view import RoomView, Status

GOLDEN: Final = 0.6180339887498949
"""Multiples of it, modulo 1, spread polls and endings more evenly than chance does."""
OF_ONE_PLACE: Final = 5  # streams: the windows and phones of one person
SPREAD: Final = 0.1  # of a stream's life: those that began together do not end together

Standing = Callable[[RoomView], Status]


@dataclass(frozen=True, slots=True)
class StreamBounds:
    """How many streams one process holds at most, and for how many seconds each."""

    most: int
    life: float


class Streams:
    """The streams that this process holds."""

    def __init__(self, rooms: Rooms, bounds: StreamBounds) -> None:
        self._rooms = rooms
        self._bounds = bounds
        self._dice = 0.0
        self._closing = asyncio.Event()
        self._slots = Slots(bounds.most, OF_ONE_PLACE)

    @property
    def open(self) -> int:
        """How many there are."""
        return self._slots.open

    def follow(self, event: Pubkey, number: int, standing: Standing) -> AsyncIterator[Status]:
        """Where a number's place stands, now and whenever that changes; else at the pace of polls.

        Raises StreamsFullError, before the first status.
        """
        if self._closing.is_set():
            raise StreamsFullError
        return self._follow(event, f"{event} {number}", standing)

    def close(self) -> None:
        """Ends all of them; the process is about to end."""
        self._closing.set()
        for view in self._rooms.all().values():
            view.wake_all()

    async def _follow(self, event: Pubkey, who: str, standing: Standing) -> AsyncIterator[Status]:
        self._dice = (self._dice + GOLDEN) % 1
        now = asyncio.get_running_loop().time
        ends = now() + self._bounds.life * (1 - SPREAD * self._dice)
        with self._slots.take(who), contextlib.suppress(NoQueueError):  # the event is over
            while not self._closing.is_set():
                view = await self._rooms.view(event)
                status = standing(view)
                with _watched(view, status.place or 0) as woken:  # also while it is told
                    yield status
                    left = ends - now()
                    if left <= 0:
                        return
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(min(left, status.next_poll_ms / 1000)):
                            await woken.wait()


@contextlib.contextmanager
def _watched(view: RoomView, place: int) -> Iterator[asyncio.Event]:
    """Is set when something happens to the place."""
    woken = asyncio.Event()
    view.watch(place, woken.set)
    try:
        yield woken
    finally:
        view.unwatch(place, woken.set)
