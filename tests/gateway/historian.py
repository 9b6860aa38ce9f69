"""Gateways that write down what happens on chain, which others leave alone: it is all history."""

from collections.abc import AsyncIterator

import pytest
from conting_client import Rpc
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.support import Gateway, start_gateway

HISTORY = 100
"""Transactions that a stream goes back: more than one test makes."""


@pytest.fixture
async def gateway(redis: Redis, node: LocalnetProcess) -> AsyncIterator[Gateway]:
    async with (
        Rpc(node.rpc_url) as rpc,
        start_gateway(redis, rpc, feed_writes=True, feed_history=HISTORY) as gateway,
    ):
        yield gateway
