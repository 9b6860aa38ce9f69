"""What was read is kept for a moment, and what takes long is read once at a time."""

import asyncio

import pytest
from conting_gateway.catalog.cache import Cache

from tests.gateway.support import Now

pytestmark = pytest.mark.anyio

SECONDS = 2.0


class Slow:
    """Something that is read: it takes until it is let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.ready = asyncio.Event()

    async def load(self, _: str) -> int:
        self.begun += 1
        number = self.begun
        await self.ready.wait()
        return number


async def answers(cache: Cache[str, int], slow: Slow, now: Now) -> list[int]:
    """Of two who ask, the second when what the first one reads would be too old."""
    first = asyncio.create_task(cache.get("hall"))
    await asyncio.sleep(0)
    now.ahead += SECONDS
    second = asyncio.create_task(cache.get("hall"))
    await asyncio.sleep(0)
    slow.ready.set()
    return list(await asyncio.gather(first, second))


async def test_what_takes_longer_than_it_is_kept_is_read_once_at_a_time() -> None:
    now, slow = Now(stopped=0.0), Slow()
    cache = Cache(slow.load, clock=now, seconds=SECONDS, is_long=True)
    assert await answers(cache, slow, now) == [1, 1]
    assert await cache.get("hall") == 2  # of before the two seconds


async def test_what_hangs_holds_nobody_up_for_longer_than_it_is_kept() -> None:
    now, slow = Now(stopped=0.0), Slow()
    assert await answers(Cache(slow.load, clock=now, seconds=SECONDS), slow, now) == [1, 2]


async def test_what_is_not_kept_at_all_is_still_read_once_at_a_time() -> None:
    now, slow = Now(stopped=0.0), Slow()
    cache = Cache(slow.load, clock=now, seconds=0, is_long=True)
    assert await answers(cache, slow, now) == [1, 1]
    assert await cache.get("hall") == 2


async def test_what_was_kept_before_the_clock_was_put_back_is_read_anew() -> None:
    """Else events, gates and the chain's clock would stand still until it is that late again."""
    now, slow = Now(stopped=0.0, ahead=3600.0), Slow()
    slow.ready.set()
    cache = Cache(slow.load, clock=now, seconds=SECONDS)
    assert [await cache.get("gate"), await cache.get("gate")] == [1, 1]
    now.ahead = 0
    assert [await cache.get("gate"), await cache.get("gate")] == [2, 2]
