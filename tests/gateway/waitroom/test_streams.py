"""A stream tells what polls would, and at once what happens to the place."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from conting_client import Rpc, Wallet
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import WaitroomStore
from conting_gateway.waitroom.streams import OF_ONE_PLACE
from solders.pubkey import Pubkey

from tests.gateway.fastlane.servers import make_room, serve, session
from tests.gateway.support import NOWHERE, Gateway, Json, Start
from tests.gateway.waitroom.rooms import until

pytestmark = pytest.mark.anyio

AT_ONCE = 1.5  # seconds: polls of one who is next are two seconds apart


async def held_place(desk: Gateway, redis: Redis) -> tuple[str, str]:
    event = await make_room(desk, redis)
    path = f"/v1/events/{event}/queue"
    headers = {"authorization": f"Bearer {session(desk, Wallet.generate())}"}
    joined = await desk.ok("POST", f"{path}/join", headers=headers)
    return path, joined["ticket"]


async def next_event(lines: "asyncio.Queue[str]") -> Json:
    event: Json = json.loads((await lines.get()).removeprefix("data: "))
    return event


async def test_it_tells_at_once_when_the_turn_comes(desk: Gateway, redis: Redis) -> None:
    path, ticket = await held_place(desk, redis)
    lines: asyncio.Queue[str] = asyncio.Queue()
    async with serve(desk, fast=True) as lane, httpx2.AsyncClient(timeout=10) as http:

        async def read() -> None:
            url = f"http://127.0.0.1:{lane.port}{path}/stream?ticket={ticket}"
            async with http.stream("GET", url) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                async for line in answer.aiter_lines():
                    if line:
                        lines.put_nowait(line)

        reading = asyncio.create_task(read())
        async with asyncio.timeout(10):
            assert (await next_event(lines))["state"] == "waiting"
        event = next(iter(desk.services.waitroom.load().rooms))
        store = WaitroomStore(redis)
        await store.configure(
            Pubkey.from_string(event), rate=1000, capacity=5, beacon_slot=1, secret=b"", commit=b""
        )
        async with asyncio.timeout(AT_ONCE):
            while (await next_event(lines))["state"] != "admitted":
                pass
        desk.services.waitroom.close_streams()
        async with asyncio.timeout(AT_ONCE):
            await reading


async def test_what_happens_while_a_status_is_on_its_way_is_told_next(
    desk: Gateway, redis: Redis
) -> None:
    """A client may be slow, and ten thousand streams are told of the draw one after the other."""
    path, _ = await held_place(desk, redis)
    headers = {"authorization": f"Bearer {session(desk, Wallet.generate())}"}
    ticket = (await desk.ok("POST", f"{path}/join", headers=headers))["ticket"]
    waitroom, event = desk.services.waitroom, Pubkey.from_string(path.split("/")[3])
    stream = await waitroom.follow(event, ticket)
    status = await anext(stream)
    assert status.state == "waiting"
    assert status.next_poll_ms > 20_000
    await WaitroomStore(redis).configure(
        event, rate=1000, capacity=5, beacon_slot=1, secret=b"", commit=b""
    )

    async def is_admitted() -> bool:
        return (await waitroom.status(event, ticket))[1].state == "admitted"

    await until(is_admitted)
    async with asyncio.timeout(15):
        assert (await anext(stream)).state == "admitted"


@pytest.mark.slow
async def test_there_are_no_more_streams_than_one_process_can_hold(
    redis: Redis, start: Start
) -> None:
    async with Rpc(NOWHERE, timeout=0.5) as rpc, start(redis, rpc, streams=0) as full:
        path, ticket = await held_place(full, redis)
        answer = await full.call("GET", f"{path}/stream?ticket={ticket}")
        assert (answer.status_code, answer.json()["error"]) == (503, "streams_full")
        assert int(answer.headers["retry-after"]) > 0
        assert await full.refused("GET", f"{path}/stream?ticket=x.y.z") == "bad_ticket"


@pytest.mark.slow
@pytest.mark.attack
async def test_one_place_does_not_take_all_streams(desk: Gateway, redis: Redis) -> None:
    path, ticket = await held_place(desk, redis)
    async with serve(desk, fast=True) as lane, httpx2.AsyncClient(timeout=None) as http:
        url = f"http://127.0.0.1:{lane.port}{path}/stream?ticket={ticket}"
        lines = list[AsyncIterator[str]]()  # one that nobody keeps ends its connection
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(OF_ONE_PLACE):
                held = await stack.enter_async_context(http.stream("GET", url))
                lines.append(held.aiter_lines())
                assert await anext(lines[-1])
            answer = await http.get(url)
            assert (answer.status_code, answer.json()["error"]) == (503, "streams_full")
        async with asyncio.timeout(600):
            while desk.services.waitroom.load().streams:  # noqa: ASYNC110 it has heard of their end
                await asyncio.sleep(0.02)
        async with http.stream("GET", url) as again:
            assert again.status_code == 200


@pytest.mark.slow
@pytest.mark.attack
async def test_many_that_ask_at_once_have_no_more_streams_than_one_may(
    desk: Gateway, redis: Redis
) -> None:
    path, ticket = await held_place(desk, redis)
    many, codes = 6 * OF_ONE_PLACE, list[int]()
    all_told = asyncio.Event()
    async with (
        serve(desk, fast=True) as lane,
        httpx2.AsyncClient(timeout=None, limits=httpx2.Limits(max_connections=None)) as http,
    ):
        url = f"http://127.0.0.1:{lane.port}{path}/stream?ticket={ticket}"

        async def hold() -> None:
            async with http.stream("GET", url) as answer:
                codes.append(answer.status_code)
                if len(codes) == many:
                    all_told.set()
                await all_told.wait()

        await asyncio.gather(*(hold() for _ in range(many)))
    assert (codes.count(200), codes.count(503)) == (OF_ONE_PLACE, many - OF_ONE_PLACE)


async def test_a_stream_ends_and_the_next_begins_with_where_the_place_stands(
    redis: Redis, start: Start
) -> None:
    async with (
        Rpc(NOWHERE, timeout=0.5) as rpc,
        start(redis, rpc, stream_seconds=0.2) as brief,
        serve(brief, fast=True) as lane,
        httpx2.AsyncClient(timeout=None) as http,
    ):
        path, ticket = await held_place(brief, redis)
        url = f"http://127.0.0.1:{lane.port}{path}/stream?ticket={ticket}"
        for _ in range(2):  # each answer comes to its end by itself
            told = (await http.get(url)).text.removeprefix("data: ").split("\n\n")
            assert json.loads(told[0])["state"] == "waiting"
        assert brief.services.waitroom.load().streams == 0
