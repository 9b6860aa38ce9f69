"""Redis and two gateways that are killed (-9) at random moments, and a way there for clients.

`Roaming` does what a client should: whoever does not answer, or says 503, is asked again, and so is
the other one. It holds every answer to what is promised.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from conting_gateway.redis import EmbeddedRedis

from tests.cluster import prompt_redis
from tests.e2e.house import GatewayKeys, GatewayProcess, gateway_process
from tests.gateway.support import AWAY, Json, assert_described

ANYWHERE = "http://conting.test"
"""Stands for either gateway."""
PATIENCE = 600.0
"""Seconds for an answer, and until one is none of "ask again": the machine may stand still."""
ASK_AGAIN = 0.02, 0.3  # seconds; sooner than told to, so that more happens at once
BUSY: Mapping[str, Any] = {
    "HOLDS_PER_MINUTE": "1000000",
    "ORDERS_PER_MINUTE": "1000000",
    "CHALLENGES_PER_MINUTE": "1000000",
    "HOLD_COOLING_SECONDS": "0",
}


@dataclass(frozen=True)
class Blow:
    """A death `at` so many seconds, not before the last one is over; nobody is there for `away`."""

    at: float
    away: float


def blows(dice: random.Random, seconds: float, *, every: float, away: float) -> list[Blow]:
    """At least one, in the order in which they fall."""
    moments = [dice.uniform(0, seconds) for _ in range(max(1, round(seconds / every)))]
    return [Blow(at, dice.choice([0.0, dice.uniform(0, away)])) for at in sorted(moments)]


@dataclass
class House:
    """Two gateways before one Redis."""

    keys: GatewayKeys
    rpc_url: str
    redis: EmbeddedRedis
    stack: ExitStack
    gateways: list[GatewayProcess] = field(default_factory=list)
    killed: set[str] = field(default_factory=set)
    """URLs of gateways that have died, or are just about to."""

    @property
    def urls(self) -> list[str]:
        return [each.url for each in self.gateways]

    def start_gateway(self) -> GatewayProcess:
        started = gateway_process(self.keys, self.rpc_url, self.redis.url, **BUSY)
        return self.stack.enter_context(started)

    async def strike_redis(self, blow: Blow) -> None:
        url = self.redis.url
        await asyncio.to_thread(self.redis.kill)
        await asyncio.sleep(blow.away)
        await asyncio.to_thread(self.redis.start)
        assert self.redis.url == url, "somebody took the port of Redis"

    async def strike_gateway(self, number: int, blow: Blow) -> None:
        gateway = self.gateways[number]
        self.killed.add(gateway.url)
        gateway.kill()
        await asyncio.sleep(blow.away)
        self.gateways[number] = await asyncio.to_thread(self.start_gateway)


@contextmanager
def house(keys: GatewayKeys, rpc_url: str, folder: Path) -> Iterator[House]:
    with prompt_redis(folder) as redis, ExitStack() as stack:
        made = House(keys, rpc_url, redis, stack)
        made.gateways = [made.start_gateway(), made.start_gateway()]
        yield made


async def storm(house: House, dice: random.Random, seconds: float) -> None:
    """Redis dies again and again, and so does a gateway, one at a time; all are back after it."""
    began = time.monotonic()
    redis = blows(dice, seconds, every=1.5, away=1.0)
    gateways = blows(dice, seconds, every=4.0, away=0.5)

    async def fall(planned: list[Blow], strike: Callable[[Blow], Awaitable[None]]) -> None:
        for blow in planned:
            await asyncio.sleep(began + blow.at - time.monotonic())
            await strike(blow)

    numbers = iter([dice.randrange(2) for _ in gateways])
    await asyncio.gather(
        fall(redis, house.strike_redis),
        fall(gateways, lambda blow: house.strike_gateway(next(numbers), blow)),
    )


@dataclass
class Roaming(httpx2.AsyncBaseTransport):
    """Asks any gateway, until one answers. Who is not of the house is asked once, as usual."""

    under: httpx2.AsyncBaseTransport
    house: House
    dice: random.Random
    described: Json

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not str(request.url).startswith(ANYWHERE):
            return await self.under.handle_async_request(request)
        body = await request.aread()
        end = time.monotonic() + PATIENCE
        while True:
            answer = await self._try(request, body)
            if answer is not None and answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
                return answer
            assert time.monotonic() < end, f"{request.method} {request.url.path}: no answer"
            await asyncio.sleep(self.dice.uniform(*ASK_AGAIN))

    async def _try(self, request: httpx2.Request, body: bytes) -> httpx2.Response | None:
        """None if that one is dead."""
        base = self.dice.choice(self.house.urls)
        url = base + request.url.raw_path.decode()
        sent = httpx2.Request(
            request.method,
            url,
            headers=request.headers,
            content=body,
            extensions=request.extensions,
        )
        try:
            answer = await self.under.handle_async_request(sent)
            await answer.aread()
        except httpx2.TransportError as error:
            if base not in self.house.killed or isinstance(error, httpx2.TimeoutException):
                raise AssertionError(f"{request.method} {url}: {error!r}") from error
            return None
        answer.request = sent
        self._check(answer)
        return answer

    def _check(self, answer: httpx2.Response) -> None:
        """Every refusal is one that the description names; 503 says when to ask again."""
        assert_described(self.described, answer)
        if answer.status_code == httpx2.codes.SERVICE_UNAVAILABLE:
            said = answer.json()
            assert said["error"] in AWAY, answer.text  # the node is never away
            assert int(answer.headers["retry-after"]) == said["retry_after"] > 0
        assert answer.status_code != httpx2.codes.INTERNAL_SERVER_ERROR, answer.text
