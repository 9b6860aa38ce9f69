"""Who comes back to a place that is not kept any more is told so."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2
import pytest
from conting_client import FeedGap, GatewayClient, Rpc
from conting_gateway.readmodel.happenings import Happening
from conting_gateway.readmodel.store import STREAM, FeedStore
from conting_gateway.redis import Redis

from tests.gateway.fastlane.servers import serve
from tests.gateway.support import NOWHERE, Gateway, Json, Start

pytestmark = pytest.mark.anyio

KEPT = 100  # about: Redis cuts whole nodes of a hundred
SOLD = "4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi"
"""Stands for the signature of a transaction in what is written here."""


async def write(redis: Redis, first: int, last: int) -> None:
    """Happenings of these numbers, as a replica writes them."""
    store = FeedStore(redis, KEPT)
    signature = "1" * 64
    found = [
        Happening(f"{signature}:{number}", "sold", "ticket", "buy", number, None, {"person": SOLD})
        for number in range(first, last + 1)
    ]
    place = await store.place("test")
    assert await store.append("test", place, str(last), found)


async def places(redis: Redis) -> list[str]:
    """What the stream keeps, oldest first."""
    return [str(place) for place, _ in await redis.xrange(STREAM) or ()]


async def events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, Json]]:
    """Kind, id and data of each event."""
    kind = name = ""
    async for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            kind = value
        elif field == "id":
            name = value
        elif field == "data":
            yield kind, name, json.loads(value)


@pytest.fixture
async def short(redis: Redis, start: Start) -> AsyncIterator[Gateway]:
    """A gateway that reads what is written here; it needs no chain."""
    async with Rpc(NOWHERE, timeout=0.5) as rpc, start(redis, rpc) as gateway:
        yield gateway


async def test_an_old_place_is_answered_with_a_gap_and_then_with_what_happens(
    short: Gateway, redis: Redis
) -> None:
    await write(redis, 1, 10)
    old = (await places(redis))[4]
    await write(redis, 11, 500)
    kept = await places(redis)
    assert old not in kept
    feed = short.services.reading.feed
    async with asyncio.timeout(60):
        while feed._place != kept[-1]:  # noqa: ASYNC110 it tells nobody
            await asyncio.sleep(0.01)
    feed._kept.clear()  # as a replica that has just started; else it may remember more than Redis
    async with serve(short, fast=True) as lane, httpx2.AsyncClient(timeout=None) as http:
        url = f"http://127.0.0.1:{lane.port}/v1/feed/stream"
        async with http.stream("GET", url, headers={"last-event-id": old}) as answer:
            told = events(answer.aiter_lines())
            gap = {"after": old, "oldest": kept[0], "next": kept[-1]}
            assert await anext(told) == ("gap", kept[-1], gap)
            await write(redis, 501, 501)
            kind, place, data = await anext(told)
            assert (kind, data["slot"]) == ("sold", 501)
            kept = await places(redis)  # what is new may have cut off more
            assert place == kept[-1]
        async with http.stream("GET", url, headers={"last-event-id": kept[0]}) as answer:
            told = events(answer.aiter_lines())
            kind, place, data = await anext(told)  # all is there from here on
            assert (kind, place) == ("sold", kept[1])


async def test_a_place_that_redis_has_lost_is_a_gap_too_and_the_beginning_is_none(
    short: Gateway, redis: Redis
) -> None:
    await write(redis, 1, 10)
    kept = await places(redis)
    lost = f"{int(kept[-1].partition('-')[0]) + 60_000}-0"
    for place, is_gap in ((lost, True), ("1-1", True), ("0", False), *((k, False) for k in kept)):
        page = await short.ok("GET", f"/v1/feed?after={place}&limit=500")
        assert page["gap"] is is_gap, place
    assert (await short.ok("GET", f"/v1/feed?after={lost}"))["next"] == kept[-1]
    async with (
        serve(short, fast=True) as lane,
        GatewayClient(f"http://127.0.0.1:{lane.port}") as client,
    ):
        async with aclosing(client.lists.stream(after=lost)) as stream:
            with pytest.raises(FeedGap) as caught:
                await anext(stream)
        assert caught.value.next == kept[-1]
        assert (await client.lists.feed(after="1-1")).gap
        async with aclosing(client.lists.stream(after=kept[-2])) as stream:
            assert (await anext(stream)).place == kept[-1]


@pytest.mark.slow
async def test_who_listens_is_told_when_redis_comes_back_without_its_last_moment(
    short: Gateway, redis: Redis
) -> None:
    await write(redis, 1, 10)
    kept = await places(redis)
    async with serve(short, fast=True) as lane, httpx2.AsyncClient(timeout=None) as http:
        url = f"http://127.0.0.1:{lane.port}/v1/feed/stream"
        async with http.stream("GET", url, headers={"last-event-id": kept[-2]}) as answer:
            told = events(answer.aiter_lines())
            assert (await anext(told))[1] == kept[-1]
            await redis.delete(STREAM)
            kind, place, data = await anext(told)
            assert (kind, place, data["after"]) == ("gap", "0", kept[-1])
