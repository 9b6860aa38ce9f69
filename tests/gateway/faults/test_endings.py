"""A real gateway is told to end in the middle of its work: what was asked before is answered."""

import asyncio
import signal
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from conting_gateway.redis import EmbeddedRedis, connect
from conting_gateway.waitroom.store import room_keys
from solders.pubkey import Pubkey

from tests.gateway.faults.people import Door, Person
from tests.gateway.faults.test_crashes import House, house, open_room
from tests.gateway.faults.wire import Wire, wire_to
from tests.gateway.support import Json
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DRAINED = 10.0  # seconds: half of what a gateway gives those who wait when it ends
ATTEMPTS = 20


async def test_who_asked_before_the_end_is_answered_and_keeps_what_was_told(tmp_path: Path) -> None:
    """A turn, a join that Redis has, and one that waits for it, when SIGTERM comes.

    A machine that stood still while the gateway gave them time shows nothing: once more.
    """
    with EmbeddedRedis(tmp_path / "redis") as redis:
        for _ in range(ATTEMPTS):
            if await end_in_the_middle(redis, tmp_path):
                return
    pytest.fail("this machine is too slow to tell")


async def end_in_the_middle(redis: EmbeddedRedis, folder: Path) -> bool:
    """False if it took so long that it shows nothing."""
    event = Pubkey.new_unique()
    await open_room(redis.url, event, rate=100, capacity=100)
    async with wire_to(redis.url) as wire, httpx2.AsyncClient(timeout=600, trust_env=False) as http:
        with house(wire.url, folder, event, gateways=1) as home:
            home.redis_url = redis.url
            before, early, *people = (home.door.person() for _ in range(4))
            for person in (before, early):
                await admitted(home, http, person)
            await ask(http, home.door, "enter", before, before.told[-1][1])  # Redis has the script
            answers = await ask_while_nothing_is_heard(home, http, wire, early, people)
            began = time.monotonic()
            await end(home)
            assert not any(answer.done() for answer in answers)
            wire.let_go()
            if time.monotonic() - began > DRAINED:
                await asyncio.gather(*answers, return_exceptions=True)
                return False
            told = await asyncio.gather(*answers)
            assert await asyncio.to_thread(home.gateways[0].wait, 300) == 0
        assert [answer.status_code for answer in told] == [200, 200, 200]
        numbers = [int(answer.json()["number"]) for answer in told[1:]]
        kept = {person.wallet: number for person, number in zip(people, numbers, strict=True)}
        told_before = {person.wallet: person.number for person in (before, early)}
        assert await home.numbers() == kept | told_before
        return True


async def admitted(home: House, http: httpx2.AsyncClient, person: Person) -> None:
    await home.door.join(http, person)

    async def is_admitted() -> bool:
        return await home.door.state(http, person) == "admitted"

    await until(is_admitted)


async def ask_while_nothing_is_heard(
    home: House, http: httpx2.AsyncClient, wire: Wire, early: Person, people: list[Person]
) -> list[asyncio.Task[httpx2.Response]]:
    """Asks for the turn of one and for places of others; Redis does what it is asked."""
    door, answers, redis = home.door, [], connect(home.redis_url)
    users, turns = room_keys(door.event)[1], room_keys(door.event)[5]
    first, second = people

    async def entered() -> bool:
        return await redis.hlen(turns) == 2

    async def joined() -> bool:
        return bool(await redis.hexists(users, first.wallet))

    async def waits() -> bool:
        found = (await http.get(f"{door.urls[0]}/metrics")).text
        return "conting_joins_waiting 1" in found

    wire.hold()
    answers.append(asyncio.create_task(ask(http, door, "enter", early, early.told[-1][1])))
    await until(entered)
    answers.append(asyncio.create_task(ask(http, door, "join", first)))
    await until(joined)
    answers.append(asyncio.create_task(ask(http, door, "join", second)))
    await until(waits)
    await redis.aclose()
    return answers


async def end(home: House) -> None:
    """SIGTERM, and until it takes no new connections."""
    home.gateways[0].send_signal(signal.SIGTERM)
    where = urlsplit(home.door.urls[0])

    async def takes_nobody() -> bool:
        try:
            _, writer = await asyncio.open_connection(where.hostname, where.port)
        except OSError:
            return True
        writer.close()
        return False

    await until(takes_nobody)


async def ask(
    http: httpx2.AsyncClient, door: Door, what: str, who: Person, place: Json | None = None
) -> httpx2.Response:
    headers = {"authorization": f"Bearer {who.token}"}
    body = None if place is None else {"ticket": place["ticket"]}
    return await http.post(f"{door.urls[0]}{door.path}/{what}", headers=headers, json=body)
