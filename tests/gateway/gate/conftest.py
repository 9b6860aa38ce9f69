"""One evening for all tests of a module: they take fans from it that nothing has happened to."""

from collections.abc import AsyncIterator

import pytest
from conting_client import Rpc
from conting_gateway.redis import connect
from conting_localnet import LocalnetProcess

from tests.cluster import Server, empty
from tests.gateway.chain import Chain
from tests.gateway.gate.night import Night, open_night
from tests.gateway.support import start_gateway

AT_HOME, AWAY = 16, 4
"""More than the tests of one module use up."""


@pytest.fixture(scope="module")
async def evening(redis_server: Server, node: LocalnetProcess) -> AsyncIterator[Night]:
    redis = connect(redis_server.url)
    await empty(redis)
    async with Rpc(node.rpc_url) as rpc, start_gateway(redis, rpc) as gateway:
        yield await open_night(gateway, Chain(rpc), home=AT_HOME, away=AWAY)
    await redis.aclose()


@pytest.fixture
async def night(evening: Night) -> AsyncIterator[Night]:
    """The evening, with every scanner put away, no writers, and the gateway's clock right."""
    yield evening
    evening.gateway.now.ahead = 0.0
    redis = evening.gateway.services.redis
    await redis.delete(f"conting:{{{evening.show.address}}}:gate:0:writers")
    evening.close()
    evening.devices.clear()
