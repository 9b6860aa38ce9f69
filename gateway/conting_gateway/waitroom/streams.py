"""Where places stand, for those who hold a connection: told again whenever it changes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from solders.pubkey import Pubkey

from conting_gateway.errors import NoQueueError, StreamsFullError
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.view import RoomView, Status

GOLDEN: Final = 0.6180339887498949
"""Multiples of it, modulo 1, spread polls and endings more evenly than chance does."""
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
        self.open = 0
        """How many there are."""

    def follow(self, event: Pubkey, standing: Standing) -> AsyncIterator[Status]:
        """Where a place stands, now and whenever that changes, at the pace of polls otherwise.

        Raises StreamsFullError, before the first status.
        """
        if self.open >= self._bounds.most or self._closing.is_set():
            raise StreamsFullError
        return self._follow(event, standing)

    def close(self) -> None:
        """Ends all of them; the process is about to end."""
        self._closing.set()
        for view in self._rooms.all().values():
            view.wake_all()

    async def _follow(self, event: Pubkey, standing: Standing) -> AsyncIterator[Status]:
        self.open += 1
        self._dice = (self._dice + GOLDEN) % 1
        now = asyncio.get_running_loop().time
        ends = now() + self._bounds.life * (1 - SPREAD * self._dice)
        try:
            while not self._closing.is_set():
                view = await self._rooms.view(event)
                status = standing(view)
                yield status
                left = ends - now()
                if left <= 0:
                    return
                await _woken(view, status.place or 0, min(left, status.next_poll_ms / 1000))
        except NoQueueError:
            return  # the event is over
        finally:
            self.open -= 1


async def _woken(view: RoomView, place: int, seconds: float) -> None:
    """Waits until something happens to the place, at most so long."""
    woken = asyncio.Event()
    view.watch(place, woken.set)
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
    finally:
        view.unwatch(place, woken.set)
