"""Work that goes on beside requests: one round of it for many, each by itself."""

import asyncio

import pytest
from conting_gateway.background import each_by_itself

pytestmark = pytest.mark.anyio


async def test_what_is_under_way_ends_with_the_round_that_is_cancelled() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def do(_: str) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    round_ = asyncio.create_task(each_by_itself(["one"], do))
    await begun.wait()
    round_.cancel()
    async with asyncio.timeout(10):
        await ended.wait()
    with pytest.raises(asyncio.CancelledError):
        await round_
