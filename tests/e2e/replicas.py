"""Two gateways before one Redis, and a wire to one of them on which answers may wait."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from conting_gateway.orders.hold_store import HoldRules, HoldStore, Seat
from conting_gateway.redis import EmbeddedRedis, Redis, connect, texts

from bench.load.stage import run_gateway
from tests.e2e.house import GatewayKeys, gateway_process
from tests.e2e.people import Fan, Show, Town, town_at
from tests.gateway.faults.wire import Wire, wire_to

ORDER, VERDICT = b"conting:order:", b":in-log"
"""Words that only the scripts name which keep one of these."""


@dataclass(frozen=True)
class Replicas:
    """`process` is the one behind the wire; the town's gateway is the other one."""

    process: subprocess.Popen[str]
    url: str
    wire: Wire
    town: Town
    redis: Redis

    async def visitor(self, fan: Fan) -> Fan:
        """The same person at the gateway behind the wire."""
        return await at(replace(self.town, url=self.url), fan)

    async def held(self, show: Show, seat: int) -> tuple[str, int]:
        """Who holds a seat of section 0 by Redis's word, and until when (Unix ms)."""
        holds = HoldStore(self.redis, HoldRules(300, most=2, cooling=0))
        return await holds.holder(Seat(show.address, 0, seat))

    async def orders(self) -> dict[str, dict[str, str]]:
        """All that Redis has."""
        names = await self.redis.keys("conting:order:*")
        return {str(name): texts(await self.redis.hgetall(str(name))) for name in names}


def hold_of(fan: Fan) -> bytes:
    """What only a script names that holds a seat for this person."""
    return f":held-by:{fan.wallet.key}".encode()


async def at(town: Town, fan: Fan) -> Fan:
    """The same person, with the same phone and admission pass, at this town's gateway."""
    again = town.person(fan.wallet)
    again.phone, again.admission, again.ticket = fan.phone, fan.admission, fan.ticket
    await again.sign_in()
    return again


@contextmanager
def replica(
    keys: GatewayKeys, rpc_url: str, redis_url: str, log: Path
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A gateway process whose end the test sees, and its URL."""
    named = keys.environment(rpc_url, redis_url).items()
    settings = {name.removeprefix("CONTING_"): value for name, value in named}
    with run_gateway(log=str(log), **settings) as started:
        yield started


@asynccontextmanager
async def replicas(keys: GatewayKeys, rpc_url: str, folder: Path) -> AsyncIterator[Replicas]:
    """Both, until the block ends; the test may end the one behind the wire before."""
    with EmbeddedRedis(folder / "redis") as server:
        redis = connect(server.url)
        async with wire_to(server.url) as wire:
            with (
                replica(keys, rpc_url, wire.url, folder / "first.log") as (process, url),
                gateway_process(keys, rpc_url, server.url) as second,
            ):
                async with town_at(rpc_url, keys, second.url) as town:
                    yield Replicas(process, url, wire, town, redis)
                wire.let_go()
        await redis.aclose()
