"""What has happened on chain is told in its order, each thing once, whoever wrote it down."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import cast

import httpx2
import pytest
from conting_client import Rpc, self_person_address
from conting_client.generated import ticket as program
from conting_client.history import History
from conting_gateway.readmodel.feed import Writer
from conting_gateway.readmodel.happenings import Happening
from conting_gateway.readmodel.store import STREAM, WRITER, FeedStore
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.chain import PRICE, Chain
from tests.gateway.fastlane.servers import serve
from tests.gateway.readmodel.asking import PATIENCE, ask, until
from tests.gateway.readmodel.trade import buyer, on_sale, refund
from tests.gateway.support import Gateway, Json, Start

pytestmark = pytest.mark.anyio

LONG = 10_000  # happenings


@pytest.mark.slow
async def test_what_a_fan_bought_and_gave_back_stays_known(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await buyer(gateway, chain, show, 2)
    await chain.send(refund(show, fan, 2), fan)
    back, bought = await until(gateway, "/v1/my/purchases", 2, who=fan)
    assert [bought["kind"], back["kind"]] == ["sold", "refunded"]
    assert [bought["amount"], back["amount"]] == [PRICE, PRICE]  # all of it: the first step
    for each in (bought, back):
        assert each["accounts"]["ticket"] == str(show.ticket(2))
        assert each["accounts"]["person"] == str(self_person_address(fan.key))
        assert each["accounts"]["event"] == str(show.address)


async def all_ids(redis: Redis) -> list[str]:
    told = cast("list[tuple[str, dict[str, str]]]", await redis.xrange(STREAM))
    return [json.loads(fields["event"])["id"] for _, fields in told]


async def on_chain(chain: Chain, slot: int) -> set[str]:
    """Signatures of the ticket program's transactions that have succeeded since."""
    found = await History(chain.rpc).since(program.PROGRAM_ID, None, most=LONG)
    return {str(past.signature) for past in found if past.slot > slot and not past.failed}


@pytest.mark.slow
async def test_writers_at_the_same_time_leave_no_gap_and_nothing_twice(
    gateway: Gateway, chain: Chain, node: LocalnetProcess, redis: Redis
) -> None:
    """They share a lease, as if one had been asleep while another took over, and are cut off."""
    show = await on_sale(gateway, chain)
    programs = gateway.services.reading.follower.model.programs
    slot = await chain.rpc.slot()
    async with Rpc(node.rpc_url) as rpc:
        writers = [Writer(FeedStore(redis, LONG), rpc, programs, "same", 100) for _ in range(4)]

        async def write(writer: Writer, patience: float) -> None:
            while True:
                rounds = asyncio.create_task(writer.round())
                try:
                    await asyncio.wait({rounds}, timeout=patience)
                finally:
                    rounds.cancel()  # dead in the middle
                    await asyncio.gather(rounds, return_exceptions=True)

        await redis.set(WRITER, "same", px=600_000)  # the gateway's own writer rests
        busy = [asyncio.create_task(write(each, 0.02 * n + 0.05)) for n, each in enumerate(writers)]
        fans = await asyncio.gather(*(buyer(gateway, chain, show, seat) for seat in range(6)))
        await asyncio.gather(*(chain.send(refund(show, f, n), f) for n, f in enumerate(fans)))
        for each in busy:
            each.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        end, written = time.monotonic() + PATIENCE, set[str]()
        while not await on_chain(chain, slot) <= written and time.monotonic() < end:
            await writers[0].round()  # nothing, while the gateway's own writer has the lease
            ids = await all_ids(redis)
            written = {each.partition(":")[0] for each in ids}
    assert len(ids) == len(set(ids))
    assert await on_chain(chain, slot) <= written


async def test_a_stream_tells_it_and_goes_on_where_it_was_cut(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    async with serve(gateway, fast=True) as lane, httpx2.AsyncClient(timeout=60) as http:
        url = f"http://127.0.0.1:{lane.port}/v1/feed/stream?event={show.address}&kind=sold"
        async with http.stream("GET", url) as answer:
            lines = answer.aiter_lines()
            assert (await anext(lines)) == ": alive"
            await buyer(gateway, chain, show, 0)
            first = await one(lines)
            place = str(first["place"])
            assert (first["kind"], first["amount"]) == ("sold", PRICE)
        await buyer(gateway, chain, show, 1)
        await written(gateway, place, str(show.ticket(1)))
        headers = {"last-event-id": place}
        async with http.stream("GET", url, headers=headers) as answer:
            second = await one(answer.aiter_lines())
            assert second["accounts"]["ticket"] == str(show.ticket(1))
        for wrong in ("what", "-1", "1_0", "+5", "5-6-7", "9" * 39):
            refused = await http.get(url, headers={"last-event-id": wrong})
            assert refused.json()["error"] == "invalid_request"


@pytest.mark.slow
async def test_a_stream_ends_and_goes_on_where_it_was(
    chain: Chain, redis: Redis, start: Start
) -> None:
    """Nothing is told twice and nothing is left out, however often it ends on the way."""
    async with start(
        redis, chain.rpc, feed_writes=True, feed_history=100, feed_stream_seconds=0.5
    ) as gateway:
        show = await on_sale(gateway, chain)
        for seat in range(3):
            await buyer(gateway, chain, show, seat)
        path = f"/v1/feed/stream?event={show.address}&kind=sold"
        heard, ends, last = list[Json](), 0, "0-0"
        async with serve(gateway, fast=True) as lane, httpx2.AsyncClient(timeout=60) as http:
            url, until = f"http://127.0.0.1:{lane.port}{path}", time.monotonic() + PATIENCE
            while (len(heard) < 3 or ends < 2) and time.monotonic() < until:
                async with http.stream("GET", url, headers={"last-event-id": last}) as answer:
                    async for line in answer.aiter_lines():
                        if line.startswith("data: "):
                            heard.append(json.loads(line.removeprefix("data: ")))
                            last = heard[-1]["place"]
                ends += 1
        assert [each["accounts"]["ticket"] for each in heard] == [
            str(show.ticket(seat)) for seat in range(3)
        ]


async def written(gateway: Gateway, after: str, ticket: str) -> None:
    """Waits until the purchase of a ticket is in the stream."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = await ask(gateway, f"/v1/feed?limit=500&after={after}")
        if any(each["accounts"].get("ticket") == ticket for each in found["happenings"]):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the purchase was not written down")


async def one(lines: AsyncIterator[str]) -> Json:
    """The next event of a stream."""
    async for line in lines:
        if line.startswith("data: "):
            found: Json = json.loads(line.removeprefix("data: "))
            return found
    raise AssertionError("the stream has ended")


@pytest.mark.slow
async def test_there_are_no_more_streams_than_one_process_can_hold(
    chain: Chain, redis: Redis, start: Start
) -> None:
    async with start(redis, chain.rpc, feed_streams=0) as full:
        assert await full.refused("GET", "/v1/feed/stream") == "streams_full"


@pytest.mark.slow
@pytest.mark.attack
async def test_one_address_does_not_take_all_streams(
    chain: Chain, redis: Redis, start: Start
) -> None:
    """Nobody has to sign in for them."""
    async with (
        start(redis, chain.rpc, feed_streams_per_address=2) as gateway,
        serve(gateway, fast=True) as lane,
        httpx2.AsyncClient(timeout=None) as http,
    ):
        url = f"http://127.0.0.1:{lane.port}/v1/feed/stream"
        elsewhere = {"x-forwarded-for": "203.0.113.9"}  # said by a proxy that is trusted
        async with http.stream("GET", url) as one, http.stream("GET", url) as other:
            lines = [held.aiter_lines() for held in (one, other)]  # kept, or they end
            for each in lines:
                assert await anext(each) == ": alive"
            assert "conting_feed_streams 2.0" in (await gateway.http.get("/metrics")).text
            assert (await http.get(url)).json()["error"] == "streams_full"
            async with http.stream("GET", url, headers=elsewhere) as theirs:
                assert await anext(theirs.aiter_lines()) == ": alive"


async def test_the_stream_keeps_about_as_much_as_it_may(chain: Chain, redis: Redis) -> None:
    store = FeedStore(redis, 100)
    place = ""
    for number in range(40):
        each = [
            Happening(f"{number}:{n}", "sold", "ticket", "buy", 1, None, {"person": "p"})
            for n in range(30)
        ]
        assert await store.append("field", place, str(number), each)
        place = str(number)
    assert await redis.xlen(STREAM) < 400
    assert len(await store.history("p")) == 500
    assert not await store.append("field", "another", "41", [])
