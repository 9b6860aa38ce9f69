"""A real gateway is told to end in the middle of its work: what was asked before is answered."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from conting_gateway.main import DRAIN_SECONDS
from conting_gateway.redis import EmbeddedRedis, connect
from conting_gateway.waitroom.store import room_keys
from solders.pubkey import Pubkey
from websockets.asyncio.client import connect as connect_ws

from tests.gateway.faults.people import Door, Person
from tests.gateway.faults.test_crashes import House, house, open_room
from tests.gateway.faults.wire import Wire, wire_to
from tests.gateway.support import Json
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

RESTART = 1012  # the registry of RFC 6455: the server starts anew, come back
DRAINED = 10.0  # seconds: half of what a gateway gives those who wait when it ends
ATTEMPTS = 20
WAITS = 4.0  # seconds in which a gateway that waited for nobody would have ended


async def test_who_asked_before_the_end_is_answered_and_keeps_what_was_told(tmp_path: Path) -> None:
    """A turn, a join that Redis has, and one that waits for it, when SIGTERM comes.

    A machine that stood still while the gateway gave them time shows nothing: once more.
    """
    with EmbeddedRedis(tmp_path / "redis") as redis:
        for _ in range(ATTEMPTS):
            if await end_in_the_middle(redis, tmp_path):
                return
    pytest.fail("this machine is too slow to tell")


async def test_streams_end_whole_while_joins_still_wait(tmp_path: Path) -> None:
    """Server-sent events to their last chunk, a websocket with a word; then the joins."""
    event = Pubkey.new_unique()
    with EmbeddedRedis(tmp_path / "redis") as redis:
        await open_room(redis.url, event, rate=0.001, capacity=1)
        async with wire_to(redis.url) as wire, patient_client() as http:
            with house(wire.url, tmp_path, event, gateways=1) as home, killed_on_failure(home):
                door = home.door
                home.redis_url = redis.url
                await door.join(http, holder := door.person())
                place = {"ticket": holder.told[-1][1]["ticket"]}
                streams = [
                    await begun(http, f"{door.urls[0]}{door.path}/stream", place),
                    await begun(http, f"{door.urls[0]}/v1/feed/stream", {}),
                ]
                async with connect_ws(f"ws{door.urls[0][4:]}/v1/tickets/{event}/presence") as ws:
                    joins = await ask_to_join_unheard(home, http, wire)
                    await end(home)
                    await asyncio.gather(*streams)
                    await ws.wait_closed()
                    assert ws.close_code == RESTART
                assert not any(join.done() for join in joins)
                wire.let_go()
                assert [each.status_code for each in await asyncio.gather(*joins)] == [200, 200]
                assert await asyncio.to_thread(home.gateways[0].wait, 300) == 0
        assert "graceful shutdown exceeded" not in (tmp_path / "gateway0.log").read_text()


async def test_who_asked_to_join_and_hung_up_has_a_place(tmp_path: Path) -> None:
    """Nobody waits for an answer any more, and the gateway ends only when Redis has them all."""
    event = Pubkey.new_unique()
    with EmbeddedRedis(tmp_path / "redis") as redis:
        await open_room(redis.url, event, rate=0.001, capacity=1)
        async with wire_to(redis.url) as wire:
            with house(wire.url, tmp_path, event, gateways=1) as home, killed_on_failure(home):
                home.redis_url = redis.url
                async with patient_client() as http:
                    await home.door.join(http, home.door.person())  # Redis has the script
                    joins = await ask_to_join_unheard(home, http, wire)
                    for join in joins:
                        join.cancel()
                    await asyncio.gather(*joins, return_exceptions=True)
                await end(home)
                with pytest.raises(subprocess.TimeoutExpired):
                    await asyncio.to_thread(home.gateways[0].wait, WAITS)
                wire.let_go()
                assert await asyncio.to_thread(home.gateways[0].wait, 300) == 0
                assert sorted((await home.numbers()).values()) == [1, 2, 3]


async def test_who_takes_nothing_of_an_answer_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    event = Pubkey.new_unique()
    with (
        EmbeddedRedis(tmp_path / "redis") as redis,
        house(redis.url, tmp_path, event, gateways=1) as home,
        killed_on_failure(home),
        socket.socket() as deaf,
    ):
        where = urlsplit(home.door.urls[0])
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((where.hostname, where.port))
        deaf.sendall(b"GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n" * 20)
        assert await asyncio.to_thread(deaf.recv, 1) == b"H"
        began = time.monotonic()
        home.gateways[0].send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(home.gateways[0].wait, 300) == 0
        assert time.monotonic() - began < 2 * DRAIN_SECONDS


@contextlib.contextmanager
def killed_on_failure(home: House) -> Iterator[None]:
    """Else it would wait for a wire that nobody lets go."""
    try:
        yield
    except BaseException:
        for gateway in home.gateways:
            gateway.kill()
        raise


def patient_client() -> httpx2.AsyncClient:
    return httpx2.AsyncClient(timeout=600, trust_env=False)


async def begun(http: httpx2.AsyncClient, url: str, asked: dict[str, str]) -> asyncio.Task[None]:
    """A stream of which something was heard; the task ends when it ends whole, and fails else."""
    heard = asyncio.Event()

    async def listen() -> None:
        async with http.stream("GET", url, params=asked) as answer:
            async for _ in answer.aiter_lines():
                heard.set()

    task = asyncio.create_task(listen())
    async with asyncio.timeout(60):
        await heard.wait()
    return task


async def ask_to_join_unheard(
    home: House, http: httpx2.AsyncClient, wire: Wire
) -> list[asyncio.Task[httpx2.Response]]:
    """One join that Redis has, but nobody hears of it, and one that waits for that."""
    door, redis = home.door, connect(home.redis_url)
    first, second = door.person(), door.person()
    wire.hold(first.wallet.encode())

    async def is_kept() -> bool:
        return bool(await redis.hexists(room_keys(door.event)[1], first.wallet))

    async def waits() -> bool:
        found = (await http.get(f"{door.urls[0]}/metrics")).text
        return "conting_joins_waiting 1" in found

    joins = [asyncio.create_task(ask(http, door, "join", first))]
    await until(is_kept)
    joins.append(asyncio.create_task(ask(http, door, "join", second)))
    await until(waits)
    await redis.aclose()
    return joins


async def end_in_the_middle(redis: EmbeddedRedis, folder: Path) -> bool:
    """False if it took so long that it shows nothing."""
    event = Pubkey.new_unique()
    await open_room(redis.url, event, rate=100, capacity=100)
    async with wire_to(redis.url) as wire, httpx2.AsyncClient(timeout=600, trust_env=False) as http:
        with house(wire.url, folder, event, gateways=1) as home, killed_on_failure(home):
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
