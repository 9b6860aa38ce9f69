"""Joins that wait for Redis: one batch at a time, of bounded size, behind a bounded line."""

import asyncio
from collections.abc import Sequence

import pytest
from conting_gateway.waitroom.batch import MOST, WAITING, JoinBatcher
from conting_gateway.waitroom.errors import QueueBusyError
from solders.pubkey import Pubkey

pytestmark = pytest.mark.anyio


async def test_what_waits_is_bounded_and_all_that_was_taken_is_answered() -> None:
    go, sizes, under_way = asyncio.Event(), list[int](), list[int]()
    now = 0

    async def write(_: Pubkey, guests: Sequence[str]) -> list[int] | None:
        nonlocal now
        now += 1
        under_way.append(now)
        sizes.append(len(guests))
        await go.wait()
        now -= 1
        return [int(guest) for guest in guests]

    batcher, event, answers = JoinBatcher(write), Pubkey.default(), dict[str, object]()
    batcher.submit(event, "0", answers.__setitem__)
    await asyncio.sleep(0)  # the first one is on its way
    for guest in range(1, WAITING + 1):
        batcher.submit(event, str(guest), answers.__setitem__)
    with pytest.raises(QueueBusyError) as busy:
        batcher.submit(event, "one too many", answers.__setitem__)
    assert busy.value.retry_after
    go.set()
    await batcher.drain()
    assert answers == {str(guest): guest for guest in range(WAITING + 1)}
    assert set(under_way) == {1}
    assert max(sizes) == MOST
