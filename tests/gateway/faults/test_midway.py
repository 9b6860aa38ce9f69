"""A gateway or its Redis is killed when Redis has done what it was asked, and nobody has heard so.

Answers wait on a wire between the two, chosen by what they say, so the moment is always the same.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from conting_gateway.redis import EmbeddedRedis, connect
from conting_gateway.waitroom.store import room_keys
from solders.pubkey import Pubkey

from tests.cluster import prompt_redis
from tests.gateway.faults.people import PATIENCE, Door, Person, one_place_each
from tests.gateway.faults.shoppers import Shop
from tests.gateway.faults.test_cluster import turns_of
from tests.gateway.faults.test_crashes import House, house, open_room
from tests.gateway.faults.wire import Wire, wire_to

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

INSIDE = 3  # people at a time
PEOPLE = INSIDE + 2

Kill = Callable[["Scene", House], Awaitable[None]]


@dataclass
class Scene:
    """One room; a gateway that hears of Redis over the wire."""

    redis: EmbeddedRedis
    wire: Wire
    folder: Path
    event: Pubkey
    http: httpx2.AsyncClient

    async def turns(self) -> list[int]:
        """All that Redis has let in, in that order."""
        client = connect(self.redis.url)
        try:
            return await turns_of(client, self.event)
        finally:
            await client.aclose()

    async def entered(self) -> int:
        """How many have entered."""
        client = connect(self.redis.url)
        try:
            return int(await client.hlen(room_keys(self.event)[5]))
        finally:
            await client.aclose()

    async def caught(self) -> None:
        """Until an answer waits on the wire."""
        async with asyncio.timeout(PATIENCE):
            await self.wire.caught.wait()


async def kill_gateway(_scene: Scene, home: House) -> None:
    home.gateways[0].send_signal(signal.SIGKILL)
    await asyncio.to_thread(home.gateways[0].wait)


async def kill_redis(scene: Scene, _home: House) -> None:
    await asyncio.to_thread(scene.redis.kill)
    await asyncio.to_thread(scene.redis.start)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    event = Pubkey.new_unique()
    with prompt_redis(tmp_path / "redis") as redis:
        await open_room(redis.url, event, rate=1000, capacity=INSIDE)
        async with (
            wire_to(redis.url) as wire,
            httpx2.AsyncClient(timeout=PATIENCE, trust_env=False) as http,
        ):
            yield Scene(redis, wire, tmp_path, event, http)


@asynccontextmanager
async def after(scene: Scene, home: House, kill: Kill) -> AsyncIterator[Door]:
    """What was killed is gone, and another one there: the gateway goes on, or another gateway."""
    await kill(scene, home)
    scene.wire.lose()
    if kill is kill_redis:
        yield home.door
        return
    secret = home.door.secret
    with house(scene.redis.url, scene.folder, scene.event, gateways=1, secret=secret) as other:
        yield other.door


@pytest.mark.parametrize("kill", [kill_gateway, kill_redis])
async def test_those_who_were_let_in_unheard_are_let_in_once(scene: Scene, kill: Kill) -> None:
    with house(scene.wire.url, scene.folder, scene.event, gateways=1) as home:
        people = [home.door.person() for _ in range(PEOPLE)]
        scene.wire.hold_answer(b"in 1 ")
        for person in people:
            await home.door.join(scene.http, person)
        await scene.caught()
        before = await scene.turns()
        assert before
        async with after(scene, home, kill) as door:
            await enter_in_order(scene, door, people)
    assert before == list(range(1, len(before) + 1))


@pytest.mark.parametrize("kill", [kill_gateway, kill_redis])
async def test_who_entered_unheard_enters_once(scene: Scene, kill: Kill) -> None:
    with house(scene.wire.url, scene.folder, scene.event, gateways=1) as home:
        people = [home.door.person() for _ in range(PEOPLE)]
        for person in people:
            await home.door.join(scene.http, person)
        first, *_ = people
        scene.wire.hold_answer(b"entered")
        entering = asyncio.create_task(Shop(home.door, [], 0).enter(scene.http, first))
        await scene.caught()
        assert await scene.entered() == 1
        entering.cancel()
        async with after(scene, home, kill) as door:
            await enter_in_order(scene, door, people)


async def enter_in_order(scene: Scene, door: Door, people: list[Person]) -> None:
    """As many as may be inside enter, each once, in the order of their places; nobody else does."""
    shop = Shop(door, [], 0)
    for number, person in enumerate(people[:INSIDE], start=1):
        assert await shop.enter(scene.http, person) == number
    for person in people:
        await door.join(scene.http, person)
    one_place_each(people)
    assert [person.number for person in people] == list(range(1, PEOPLE + 1))
    assert await scene.turns() == list(range(1, INSIDE + 1))
    assert await scene.entered() == INSIDE
    for person in people[INSIDE:]:
        assert await door.state(scene.http, person) == "waiting"
