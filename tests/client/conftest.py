"""A real node for each worker, and people with lamports."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from conting_client import Rpc, Wallet
from conting_localnet import LocalnetProcess

SLOT_MS = 20
SOL = 10**9

Funded = Callable[[], Awaitable[Wallet]]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def node() -> Iterator[LocalnetProcess]:
    with LocalnetProcess(slot_ms=SLOT_MS) as node:
        yield node


@pytest.fixture
async def rpc(node: LocalnetProcess) -> AsyncIterator[Rpc]:
    async with Rpc(node.rpc_url) as rpc:
        yield rpc


@pytest.fixture
async def funded(rpc: Rpc) -> Funded:
    async def fund() -> Wallet:
        wallet = Wallet.generate()
        await rpc.airdrop(wallet.key, 10 * SOL)
        return wallet

    return fund
