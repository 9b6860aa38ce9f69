"""GET /ready and the metrics beside it: true also where something answers and is of no use."""

import time
from collections.abc import Awaitable, Callable

import pytest
from conting_client import Rpc
from conting_gateway.careful import CarefulRpc
from conting_gateway.redis import Redis, connect
from conting_localnet import LocalnetProcess

from tests.cluster import Server
from tests.gateway.lying import between
from tests.gateway.support import Gateway, Json, start_gateway
from tests.gateway.test_metrics import number
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LAG = 150


def told(gateway: Gateway, status: int, **wanted: bool) -> Callable[[], Awaitable[bool]]:
    """Whether it answers so."""

    async def is_told() -> bool:
        answer = await gateway.http.get("/ready")
        found: Json = answer.json()
        return answer.status_code == status and wanted.items() <= found.items()

    return is_told


async def test_a_redis_that_answers_and_keeps_nothing_is_told(
    own_redis: Server, node: LocalnetProcess
) -> None:
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start_gateway(redis, rpc) as gateway:
        await until(told(gateway, 200, ready=True, redis=True))
        await redis.config_set("maxmemory", 1)
        await until(told(gateway, 503, ready=False, redis=False, rpc=True))
        await redis.config_set("maxmemory", 0)
        await until(told(gateway, 200, ready=True, redis=True))
    await redis.aclose()


async def test_a_second_node_that_is_away_is_told(redis: Redis, node: LocalnetProcess) -> None:
    """Nothing is sold and nobody let in without it."""
    async with between(node.rpc_url) as way:
        second = Rpc(way.rpc_url, timeout=1)
        async with (
            CarefulRpc(node.rpc_url, lag=LAG, second=second) as rpc,
            start_gateway(redis, rpc) as gateway,
        ):
            await until(told(gateway, 200, ready=True, rpc=True))
            way.closed = True
            way.cut()
            await until(told(gateway, 503, ready=False, rpc=False, redis=True))


async def test_the_age_of_the_slot_is_true_though_nobody_asks_whether_it_is_ready(
    redis: Redis, node: LocalnetProcess
) -> None:
    """Most who scrape /metrics never ask for /ready."""
    async with Rpc(node.rpc_url) as rpc, start_gateway(redis, rpc) as gateway:

        async def metrics() -> tuple[float, float]:
            text = (await gateway.http.get("/metrics")).text
            return number(text, "conting_rpc_slot"), number(text, "conting_rpc_slot_age_seconds")

        async def is_there() -> bool:
            return "conting_rpc_slot " in (await gateway.http.get("/metrics")).text

        await until(is_there)
        first, _ = await metrics()
        began = time.monotonic()

        async def has_moved() -> bool:
            slot, age = await metrics()
            return slot > first and age < time.monotonic() - began

        await until(has_moved)
