"""One node, Redis and gateway for each worker, and the two shows that most cheats are tried at."""

from collections.abc import AsyncIterator, Iterator

import pytest
from conting_client.generated import family, ticket
from conting_localnet import GenesisProgram, LocalnetProcess

from tests.cluster import Server, StartRedis
from tests.compiled import compiled
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import SLOT_MS, GatewayKeys, GatewayProcess, gateway_process
from tests.e2e.people import Show, Town, town_at

HOLDERS = 36
"""More than the tests at the doors use up together."""
PROGRAM_IDS = {"family": family.PROGRAM_ID, "ticket": ticket.PROGRAM_ID}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> list[GenesisProgram]:
    folder = tmp_path_factory.mktemp("programs")
    for name in PROGRAM_IDS:
        (folder / f"{name}.so").write_bytes(compiled(name).elf)
    return [GenesisProgram(key, folder / f"{name}.so") for name, key in PROGRAM_IDS.items()]


@pytest.fixture(scope="session")
def node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@pytest.fixture(scope="module")
def slow_node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    """Slow enough that a transaction can land for 37 seconds, on a busy machine too."""
    with LocalnetProcess(slot_ms=250, programs=programs) as node:
        yield node


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory, start_redis: StartRedis) -> Iterator[Server]:
    with start_redis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> GatewayKeys:
    return GatewayKeys.make(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="session")
def gateway(node: LocalnetProcess, redis: Server, keys: GatewayKeys) -> Iterator[GatewayProcess]:
    with gateway_process(keys, node.rpc_url, redis.url) as gateway:
        yield gateway


@pytest.fixture(scope="session")
async def town(
    node: LocalnetProcess, keys: GatewayKeys, gateway: GatewayProcess
) -> AsyncIterator[Town]:
    async with town_at(node.rpc_url, keys, gateway.url) as town:
        yield town


@pytest.fixture(scope="session")
async def sale(town: Town) -> Show:
    """A show whose sale is open and whose waiting room lets everybody in."""
    show = await town.announce()
    await town.open_room(show)
    return show


@pytest.fixture(scope="session")
async def other_sale(town: Town) -> Show:
    """Another organiser's show, on sale too."""
    show = await town.announce()
    await town.open_room(show)
    return show


@pytest.fixture(scope="session")
async def doors(town: Town) -> Doors:
    """A show whose doors are open."""
    return await open_doors(town, HOLDERS)
