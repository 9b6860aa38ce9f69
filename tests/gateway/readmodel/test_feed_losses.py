"""Redis comes back without its last moment: who listens misses nothing, and knows repeats by id."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from conting_client import Rpc
from conting_gateway.readmodel.happenings import Happening
from conting_gateway.readmodel.store import FeedStore
from solders.signature import Signature

from tests.gateway.fastlane.servers import serve
from tests.gateway.gate.power import Power
from tests.gateway.support import NOWHERE, Start

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FIELD = "the chain and the program"


def happening(slot: int) -> Happening:
    return Happening(f"{Signature.new_unique()}:0", "sold", "ticket", "buy", slot, None, {})


async def events(answer: httpx2.Response) -> AsyncIterator[tuple[str, str]]:
    """Places in the stream, and what happened there."""
    place = ""
    async for line in answer.aiter_lines():
        if line.startswith("id: "):
            place = line.removeprefix("id: ")
        if line.startswith("data: "):
            yield place, str(json.loads(line.removeprefix("data: "))["id"])


async def test_listeners_hear_again_what_redis_lost_and_nothing_is_missing(
    power: Power, start: Start
) -> None:
    told, client = [happening(slot) for slot in range(4)], power.connect()
    store = FeedStore(client, 100)

    async def write(number: int) -> None:
        """As the writer does, after the place where it finds itself."""
        place = await store.place(FIELD)
        assert place == (str(number - 1) if number else "")
        assert await store.append(FIELD, place, str(number), [told[number]])

    async with (
        Rpc(NOWHERE, timeout=0.5) as rpc,
        start(client, rpc) as gateway,
        serve(gateway, fast=True) as lane,
        httpx2.AsyncClient(timeout=600) as http,
    ):
        url = f"http://127.0.0.1:{lane.port}/v1/feed/stream"
        await write(0)
        await write(1)
        await power.settle()
        await write(2)
        async with http.stream("GET", url, params={"after": "0"}) as holding:
            heard = events(holding)
            before = [await anext(heard) for _ in range(3)]
            assert [name for _, name in before] == [each.id for each in told[:3]]
            power.fails()
            assert await store.place(FIELD) == "1"  # the last one is lost
            await write(2)
            await write(3)
            again = [await anext(heard) for _ in range(2)]
            assert [name for _, name in again] == [told[2].id, told[3].id]
        headers = {"last-event-id": before[-1][0]}  # a place that Redis has never heard of
        async with http.stream("GET", url, headers=headers) as returned:
            heard = events(returned)
            assert [await anext(heard) for _ in range(2)] == again
