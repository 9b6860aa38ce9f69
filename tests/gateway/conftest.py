"""A real Valkey, a real node with the compiled ticket program, and a gateway in this process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from conting_client import Rpc
from conting_gateway.redis import Redis, connect
from conting_localnet import GenesisProgram, LocalnetProcess

from tests.cluster import Server, StartRedis, empty
from tests.gateway.chain import Chain, compiled_programs
from tests.gateway.gate.power import Power
from tests.gateway.support import NOWHERE, Gateway, Start, start_gateway

SLOT_MS = 40


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def redis_server(
    tmp_path_factory: pytest.TempPathFactory, start_redis: StartRedis
) -> Iterator[Server]:
    with start_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path, start_redis: StartRedis) -> Iterator[Server]:
    """A server that the test may kill."""
    with start_redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
async def redis(redis_server: Server) -> AsyncIterator[Redis]:
    client = connect(redis_server.url)
    await empty(client)
    yield client
    await client.aclose()


@pytest.fixture
async def power(tmp_path: Path) -> AsyncIterator[Power]:
    """A server that may lose its last moment; its clients are closed however a test ends."""
    power = Power(tmp_path / "redis")
    with power.redis:
        yield power
        for client in power.clients:
            await client.aclose()


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[GenesisProgram]:
    return compiled_programs(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session")
def node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@pytest.fixture
def own_node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    """A node that the test may kill."""
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@pytest.fixture
async def chain(node: LocalnetProcess) -> AsyncIterator[Chain]:
    async with Rpc(node.rpc_url) as rpc:
        yield Chain(rpc)


@pytest.fixture
async def gateway(redis: Redis, node: LocalnetProcess) -> AsyncIterator[Gateway]:
    """A gateway on the shared node."""
    async with Rpc(node.rpc_url) as rpc, start_gateway(redis, rpc) as gateway:
        yield gateway


@pytest.fixture
async def desk(redis: Redis) -> AsyncIterator[Gateway]:
    """A gateway without a chain: for what needs none."""
    async with Rpc(NOWHERE, timeout=0.5) as rpc, start_gateway(redis, rpc) as gateway:
        yield gateway


@pytest.fixture
def start() -> Start:
    return start_gateway
