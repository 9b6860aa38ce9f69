"""One evening for all tests of a module: they take fans from it that nothing has happened to."""

from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest
from conting_client import GatewayRefused, Rpc, Wallet
from conting_client.gate_api import GateClient
from conting_gateway.redis import connect
from conting_localnet import LocalnetProcess

from tests.cluster import Server, empty
from tests.gateway.chain import Chain
from tests.gateway.gate.night import Night, open_night
from tests.gateway.support import DOMAIN, start_gateway, way_to

AT_HOME, AWAY = 22, 4
"""More than the tests of one module use up."""


@pytest.fixture(scope="module")
async def evening(redis_server: Server, node: LocalnetProcess) -> AsyncIterator[Night]:
    async with aclosing(connect(redis_server.url)) as redis, Rpc(node.rpc_url) as rpc:
        await empty(redis)
        async with start_gateway(redis, rpc) as gateway:
            yield await open_night(gateway, Chain(rpc), home=AT_HOME, away=AWAY)


@pytest.fixture
async def night(evening: Night) -> AsyncIterator[Night]:
    """The evening, with every scanner put away, no writers, and the gateway's clock right."""
    yield evening
    evening.gateway.now.ahead = 0.0
    await give_back_rights(evening)
    redis = evening.gateway.services.redis
    await redis.delete(f"conting:{{{evening.show.address}}}:gate:0:writers")
    evening.close()
    evening.devices.clear()


async def give_back_rights(night: Night) -> None:
    """Else the gateway would tell a Redis that takes over who the writers of this test were."""
    for device in night.devices:
        known = device.keeper.known
        if known is None or known.head.writer != device.log.gate:
            continue
        async with GateClient(f"http://{DOMAIN}", transport=way_to(night.gateway.app)) as gateway:
            await gateway.sign_in(Wallet(device.key))
            with suppress(GatewayRefused):  # the organiser has revoked it
                log = device.log
                await gateway.release_writer(log.event, session=log.session, log=log.id)
