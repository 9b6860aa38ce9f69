"""Lists stay true, and say how old they are, when the node or the way to it misbehaves."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from conting_client import Rpc, RpcUnavailable
from conting_client.generated import family
from conting_client.generated import ticket as program
from conting_gateway.careful import CarefulRpc
from conting_gateway.redis import Redis
from conting_localnet import GenesisProgram, LocalnetProcess

from tests.gateway.chain import Chain
from tests.gateway.conftest import SLOT_MS
from tests.gateway.lying import Between, between
from tests.gateway.readmodel.asking import ask, settled
from tests.gateway.readmodel.trade import buyer, on_sale, refund
from tests.gateway.support import Gateway, Json, start_gateway

pytestmark = pytest.mark.anyio

PATIENCE = 300.0  # seconds


@asynccontextmanager
async def behind(
    redis: Redis, node: LocalnetProcess, *, feed_writes: bool = True
) -> AsyncIterator[tuple[Gateway, Between]]:
    """A gateway whose subscription comes through a neighbour; its questions do not."""
    async with (
        between(node.rpc_url) as way,
        Rpc(node.rpc_url) as rpc,
        start_gateway(
            redis,
            rpc,
            ws_url=way.ws_url,
            feed_writes=feed_writes,
            feed_history=100,
            poll_seconds=0.1,
        ) as gateway,
    ):
        yield gateway, way


async def until(what: str, ready: Callable[[], Awaitable[bool]]) -> None:
    end = time.monotonic() + PATIENCE
    while not await ready():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def source(gateway: Gateway) -> str:
    return gateway.services.reading.follower.freshness().source


@pytest.mark.slow
async def test_without_a_subscription_it_polls_and_takes_up_the_subscription_again(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    async with behind(redis, node) as (gateway, way):
        show = await on_sale(gateway, chain)
        assert (await settled(gateway, chain, "/v1/raffles"))["as_of"]["source"] == "subscription"
        way.closed = True
        way.cut()
        fan = await buyer(gateway, chain, show, 0)
        mine = await settled(gateway, chain, "/v1/my/tickets", who=fan)
        assert [each["state"] for each in mine["tickets"]] == ["issued"]
        assert mine["as_of"]["source"] == "polling"
        assert way.refused > 0

        way.closed = False

        async def subscribed() -> bool:
            return source(gateway) == "subscription"

        await until("a subscription", subscribed)
        await chain.send(refund(show, fan, 0), fan)
        (ticket,) = (await settled(gateway, chain, "/v1/my/tickets", who=fan))["tickets"]
        assert ticket["state"] == "cooling"


@pytest.mark.slow
async def test_slots_that_were_not_told_are_a_gap(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    """For a while nothing comes through, and the connection stays open."""
    async with behind(redis, node) as (gateway, way):
        show = await on_sale(gateway, chain)
        await settled(gateway, chain, "/v1/raffles")
        before = gateway.services.reading.follower.gaps
        way.drop = lambda _frame: True
        fan = await buyer(gateway, chain, show, 0)
        way.drop = lambda _frame: False

        async def found() -> bool:
            return gateway.services.reading.follower.gaps > before

        await until("the gap", found)
        mine = await settled(gateway, chain, "/v1/my/tickets", who=fan)
        assert [each["state"] for each in mine["tickets"]] == ["issued"]


@pytest.mark.slow
async def test_a_slot_whose_parent_was_not_told_is_a_gap(
    redis: Redis, node: LocalnetProcess
) -> None:
    """By that alone: nobody has written down what happened, and there was no long silence."""
    async with behind(redis, node, feed_writes=False) as (gateway, way):
        await ask(gateway, "/v1/raffles")
        follower = gateway.services.reading.follower
        before = follower.gaps
        way.drop = lambda _frame: True
        await asyncio.sleep(10 * SLOT_MS / 1000)
        way.drop = lambda _frame: False

        async def found() -> bool:
            return follower.gaps > before

        await until("the gap", found)


@pytest.mark.slow
async def test_a_transaction_that_was_not_told_is_a_gap(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    """Slots come through; what the program does, does not. Another way it was heard of."""
    async with behind(redis, node) as (gateway, way):
        show = await on_sale(gateway, chain)
        await settled(gateway, chain, "/v1/raffles")
        before = gateway.services.reading.follower.gaps
        way.drop = lambda frame: b"slotNotification" not in frame
        fan = await buyer(gateway, chain, show, 0)

        async def found() -> bool:
            return gateway.services.reading.follower.gaps > before

        await until("the gap", found)
        way.drop = lambda _frame: False

        async def there() -> bool:
            return bool((await ask(gateway, "/v1/my/tickets", who=fan))["tickets"])

        await until("the ticket", there)


@pytest.mark.slow
async def test_a_node_that_stands_still_is_told(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    async with (
        between(node.rpc_url) as way,
        Rpc(way.rpc_url) as rpc,
        start_gateway(redis, rpc, ws_url=way.ws_url, slot_seconds=0.5) as gateway,
    ):
        await ask(gateway, "/v1/raffles")
        ready: Json = {}

        async def is_ready() -> bool:
            ready.update((await gateway.call("GET", "/ready")).json())
            return bool(ready["ready"])

        await until("that it is ready", is_ready)
        assert ready["read_source"] == "subscription"
        assert ready["read_lag"] <= gateway.services.reading.most_lag

        stuck = ready["slot"]

        def frozen(method: str, answer: Json) -> Json:
            return answer | {"result": stuck} if method == "getSlot" else answer

        way.lie = frozen

        async def unready() -> bool:
            told = await gateway.call("GET", "/ready")
            age = told.json()["slot_age_seconds"]
            return told.status_code == 503 and age > 0.5 and told.json()["rpc"] is True

        await until("that it is not ready", unready)


@pytest.mark.slow
async def test_lists_that_fall_behind_are_told(redis: Redis, node: LocalnetProcess) -> None:
    nobody = "ws://127.0.0.1:9"
    async with (
        Rpc(node.rpc_url) as rpc,
        start_gateway(redis, rpc, ws_url=nobody, poll_seconds=3600, slot_lag=25) as gateway,
    ):
        told = await ask(gateway, "/v1/raffles")  # read once, and then not for an hour
        assert told["as_of"]["stale"] is False
        gateway.now.ahead = 11
        told = await ask(gateway, "/v1/raffles")
        assert (told["as_of"]["stale"], told["as_of"]["age_ms"] > 11_000) == (True, True)
        gateway.now.ahead = 0

        async def unready() -> bool:
            told = await gateway.call("GET", "/ready")
            late = told.json()["read_lag"] > 25
            assert told.status_code == (503 if late else 200)
            assert (told.json()["redis"], told.json()["rpc"]) == (True, True)
            return bool(late)

        await until("that lists are behind", unready)


@pytest.mark.slow
async def test_lists_that_fall_behind_are_told_though_the_clock_is_put_back(
    redis: Redis, node: LocalnetProcess
) -> None:
    async with (
        Rpc(node.rpc_url) as rpc,
        start_gateway(redis, rpc, ws_url="ws://127.0.0.1:9", poll_seconds=3600) as gateway,
    ):
        assert (await ask(gateway, "/v1/raffles"))["as_of"]["stale"] is False
        gateway.now.ahead = -3600
        assert (await ask(gateway, "/v1/raffles"))["as_of"]["stale"] is False
        gateway.now.ahead = -3600 + 11
        assert (await ask(gateway, "/v1/raffles"))["as_of"]["stale"] is True


@pytest.mark.slow
async def test_a_node_that_stands_still_is_told_though_the_clock_is_put_back(
    redis: Redis, node: LocalnetProcess
) -> None:
    async with (
        Rpc(node.rpc_url) as rpc,
        start_gateway(redis, rpc, slot_seconds=1) as gateway,
    ):
        pulse = gateway.services.reading.pulse
        pulse.heard(await rpc.slot() + pulse._lag)  # nothing newer comes for a while
        gateway.now.ahead = -3600
        assert pulse.is_alive()
        gateway.now.ahead = -3600 + 2
        assert not pulse.is_alive()


@pytest.mark.slow
async def test_everything_is_read_anew_though_the_clock_is_put_back(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    """What the program does is not told, and nobody writes it down."""
    async with behind(redis, node, feed_writes=False) as (gateway, way):
        show = await on_sale(gateway, chain)
        await settled(gateway, chain, "/v1/raffles")
        fan = await buyer(gateway, chain, show, 0)
        await settled(gateway, chain, "/v1/my/tickets", who=fan)
        way.drop = lambda frame: b"programNotification" in frame or b"logsNotification" in frame
        await chain.send(refund(show, fan, 0), fan)
        gateway.now.ahead = -800  # its session is still good

        async def told() -> bool:
            (ticket,) = (await ask(gateway, "/v1/my/tickets", who=fan))["tickets"]
            return bool(ticket["state"] == "cooling")

        await until("the refund", told)


@pytest.mark.slow
async def test_a_subscription_that_is_far_ahead_of_the_chain_is_not_believed(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    """What is true would never be newer: lists stay as they are after the lie has ended."""
    async with behind(redis, node) as (gateway, way):
        show = await on_sale(gateway, chain)
        await settled(gateway, chain, "/v1/raffles")
        follower = gateway.services.reading.follower
        ahead = 0

        def nines(found: re.Match[bytes]) -> bytes:
            nonlocal ahead
            ahead += 1
            return found[1] + b"9" * len(found[2])

        way.twist = lambda frame: re.sub(rb'("slot": ?)(\d+)', nines, frame)
        fan = await buyer(gateway, chain, show, 0)

        async def lied() -> bool:
            return ahead > 0 and source(gateway) == "polling"

        await until("that it polls", lied)
        way.twist = lambda frame: frame
        await chain.send(refund(show, fan, 0), fan)
        (ticket,) = (await settled(gateway, chain, "/v1/my/tickets", who=fan))["tickets"]
        assert ticket["state"] == "cooling"
        assert follower.freshness().slot <= await chain.rpc.slot()


@pytest.mark.slow
async def test_what_was_read_is_not_waited_for(
    redis: Redis, node: LocalnetProcess, chain: Chain
) -> None:
    """Where nothing is told, what is heard of by the feed would pile up for ever."""
    async with (
        Rpc(node.rpc_url) as rpc,
        start_gateway(
            redis,
            rpc,
            ws_url="ws://127.0.0.1:9",
            feed_writes=True,
            feed_history=100,
            poll_seconds=3,
        ) as gateway,
    ):
        due = gateway.services.reading.follower._due
        show = await on_sale(gateway, chain)
        for seat in range(100):
            if due:
                break
            await buyer(gateway, chain, show, seat)

        async def heard() -> bool:
            return bool(due)

        await until("the feed", heard)

        async def read() -> bool:
            return not due

        await until("that it is read", read)


UNREADABLE: dict[str, Callable[[Json], Json | None]] = {
    "nothing": lambda _account: None,
    "too short": lambda account: account | {"data": ["AAAA", "base64"]},
    "no base64": lambda account: account | {"data": ["AAAAA", "base64"]},
    "no owner": lambda account: account | {"owner": "nobody"},
}


@pytest.mark.slow
@pytest.mark.parametrize("what", UNREADABLE)
async def test_an_answer_that_cannot_be_read_is_none(
    what: str, redis: Redis, node: LocalnetProcess
) -> None:
    """Of the clock, which a real node always has."""

    def lie(method: str, answer: Json) -> Json:
        if method != "getMultipleAccounts":
            return answer
        shown = [UNREADABLE[what](each) for each in answer["result"]["value"] if each]
        return answer | {"result": answer["result"] | {"value": shown}}

    async with (
        between(node.rpc_url) as way,
        CarefulRpc(way.rpc_url, lag=150) as rpc,
        start_gateway(redis, rpc, ws_url=way.ws_url) as gateway,
    ):
        assert (await ask(gateway, "/v1/events"))["as_of"]
        way.lie = lie
        gateway.now.ahead = 1  # what was read before is kept for less
        told = await gateway.call("GET", "/ready")
        assert (told.status_code, told.json()["rpc"]) == (503, False)
        assert await gateway.refused("GET", "/v1/events") == "chain_unavailable"


@pytest.mark.slow
async def test_fewer_accounts_than_were_asked_for_and_a_blockhash_that_is_none_are_no_answers(
    node: LocalnetProcess,
) -> None:
    async with between(node.rpc_url) as way, CarefulRpc(way.rpc_url, lag=150) as rpc:
        way.lie = lambda method, answer: (
            answer | {"result": answer["result"] | {"value": []}}
            if method == "getMultipleAccounts"
            else answer
        )
        with pytest.raises(RpcUnavailable):
            await rpc.accounts([family.PROGRAM_ID])
        way.lie = lambda method, answer: (
            answer
            | {
                "result": answer["result"]
                | {"value": answer["result"]["value"] | {"blockhash": "x"}}
            }
            if method == "getLatestBlockhash"
            else answer
        )
        with pytest.raises(RpcUnavailable):
            await rpc.latest_blockhash()


async def test_a_node_that_goes_back_is_not_believed(node: LocalnetProcess, chain: Chain) -> None:
    await chain.advance_to(await chain.rpc.chain_time() + 60)
    async with between(node.rpc_url) as way, CarefulRpc(way.rpc_url, lag=150) as rpc:
        newest = await rpc.slot()
        way.lie = lambda method, answer: (
            answer | {"result": newest - 151} if method == "getSlot" else answer
        )
        with pytest.raises(RpcUnavailable, match="behind"):
            await rpc.slot()
        way.lie = None
        assert await rpc.slot() >= newest


def altered(field: str, value: Callable[[Json], object]) -> Callable[[str, Json], Json]:
    """Another owner, or other data, in every account that is shown."""

    def lie(method: str, answer: Json) -> Json:
        if method != "getMultipleAccounts":
            return answer
        shown = [each and each | {field: value(each)} for each in answer["result"]["value"]]
        return answer | {"result": answer["result"] | {"value": shown}}

    return lie


LIES = {
    "owner": altered("owner", lambda _account: str(family.PROGRAM_ID)),
    "data": altered("data", lambda _account: ["AAAA", "base64"]),
    "nothing": lambda method, answer: (
        answer | {"result": answer["result"] | {"value": [None]}}
        if method == "getMultipleAccounts"
        else answer
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("lie", LIES)
async def test_what_only_one_of_two_nodes_says_is_not_believed(
    lie: str, node: LocalnetProcess, chain: Chain, gateway: Gateway
) -> None:
    show = await on_sale(gateway, chain)
    async with between(node.rpc_url) as way:
        honest = Rpc(node.rpc_url)
        async with CarefulRpc(way.rpc_url, lag=150, second=honest) as rpc:
            found = await rpc.account(show.address)
            assert found is not None
            assert program.Event.decode(found.data).organiser == show.organiser.key
            assert abs(await rpc.chain_time() - await chain.rpc.chain_time()) <= 60
            way.lie = LIES[lie]
            with pytest.raises(RpcUnavailable, match="do not agree"):
                await rpc.account(show.address)


@pytest.mark.slow
async def test_a_node_that_begins_anew_leaves_nothing_of_the_old_chain(
    redis: Redis, programs: list[GenesisProgram]
) -> None:
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as first:
        async with behind(redis, first) as (gateway, way):
            async with Rpc(first.rpc_url) as rpc:
                show = await Chain(rpc).make_show(gateway.keys.admission.pubkey())
                path = f"/v1/events?organiser={show.organiser.key}&on_sale=false"
                assert (await settled(gateway, Chain(rpc), path))["events"]
            first.kill()
            port = int(first.rpc_url.rpartition(":")[2])
            with LocalnetProcess(port=port, slot_ms=SLOT_MS, programs=programs):

                async def gone() -> bool:
                    return bool((await ask(gateway, path))["events"] == [])

                await until("the old chain's end", gone)
                assert way.refused == 0
