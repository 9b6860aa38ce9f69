"""Two nodes per worker: one that runs by itself, and one whose time the tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from conting_localnet import LocalnetProcess
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Processed
from solana.rpc.websocket_api import SolanaWsClient

from tests.localnet.support import SLOT_MS, STILL_SLOT_MS


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_node() -> Iterator[LocalnetProcess]:
    with LocalnetProcess(slot_ms=SLOT_MS) as node:
        yield node


@pytest.fixture(scope="session")
def still_node() -> Iterator[LocalnetProcess]:
    """A node whose time the tests move; nothing happens on it by itself meanwhile."""
    with LocalnetProcess(slot_ms=STILL_SLOT_MS) as node:
        yield node


@pytest.fixture
async def still_client(still_node: LocalnetProcess) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(still_node.rpc_url, commitment=Processed) as client:
        yield client


@pytest.fixture
def url(shared_node: LocalnetProcess) -> str:
    return shared_node.rpc_url


@pytest.fixture
async def client(url: str) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(url, commitment=Processed) as client:
        yield client


@pytest.fixture
async def websocket(shared_node: LocalnetProcess) -> AsyncIterator[SolanaWsClient]:
    async with SolanaWsClient(shared_node.ws_url) as websocket:
        yield websocket
