"""Redis and gateways die under load, as real processes: nobody loses a place."""

import asyncio
import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest
from conting_gateway.redis import EmbeddedRedis, connect
from conting_gateway.waitroom.store import ROOMS, WaitroomStore, room_keys
from solders.pubkey import Pubkey

from bench.load.stage import run_gateway
from tests.cluster import prompt_redis
from tests.gateway.faults.people import Door, Person, one_place_each
from tests.gateway.support import NOWHERE
from tests.gateway.waitroom.rooms import until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PEOPLE = 600
PER_SECOND = 120.0
CRASH_AFTER = 2.5  # seconds
UNSYNCED = 1.0  # seconds that the log may lack


@dataclass
class House:
    """Gateways before one Redis."""

    door: Door
    gateways: list[subprocess.Popen[str]]
    redis_url: str

    async def numbers(self) -> dict[str, int]:
        """What Redis has, but for to whom it gave lost ones back."""
        redis = connect(self.redis_url)
        try:
            kept = await redis.hgetall(room_keys(self.door.event)[1])
        finally:
            await redis.aclose()
        return {
            str(name): int(each) for name, each in kept.items() if not str(name).startswith("#")
        }


async def open_room(url: str, event: Pubkey, *, rate: float, capacity: int) -> None:
    redis, secret = connect(url), secrets.token_bytes(32)
    store = WaitroomStore(redis)
    room = {"rate": rate, "capacity": capacity, "beacon_slot": 1}
    await store.configure(event, **room, secret=secret, commit=secret)  # type: ignore[arg-type]
    await store.close(event)
    await store.open(event, 1, secret, secret)
    await redis.srem(ROOMS, str(event))  # there is no chain here to follow
    await redis.aclose()


@contextlib.contextmanager
def house(
    url: str,
    folder: Path,
    event: Pubkey,
    *,
    gateways: int,
    claim: float = 120,
    secret: bytes | None = None,
) -> Iterator[House]:
    """`secret`: of a house before, whose tickets and passes are good here too."""
    secret = secret or secrets.token_bytes(32)
    with contextlib.ExitStack() as stack:
        started = [
            stack.enter_context(
                run_gateway(
                    REDIS_URL=url,
                    RPC_URL=NOWHERE,
                    SECRET=secret.hex(),
                    JOINS_PER_MINUTE="100000",
                    CLAIM_SECONDS=str(claim),
                    log=str(folder / f"gateway{number}.log"),
                )
            )
            for number in range(gateways)
        ]
        door = Door(event, [address for _, address in started], secret)
        yield House(door, [process for process, _ in started], url)


def log_of(redis: Path) -> Path:
    (found,) = (redis / "appendonlydir").glob("*.incr.aof")
    return found


@pytest.mark.parametrize("power_fails", [False, True], ids=["kill -9", "power"])
async def test_redis_dies_under_load_and_comes_back(tmp_path: Path, power_fails: bool) -> None:  # noqa: FBT001
    """After a failure of power the log lacks its last second; a killed process has written it."""
    event, folder = Pubkey.new_unique(), tmp_path / "redis"
    with prompt_redis(folder) as redis:
        await open_room(redis.url, event, rate=0.001, capacity=1)
        with house(redis.url, tmp_path, event, gateways=2) as home:
            people = [home.door.person() for _ in range(PEOPLE)]
            async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
                arriving = asyncio.create_task(home.door.arrive(http, people, PER_SECOND))
                await asyncio.sleep(CRASH_AFTER - UNSYNCED)
                since, size = time.monotonic(), log_of(folder).stat().st_size
                await asyncio.sleep(UNSYNCED)
                await until(partial(some_were_told, people, since))
                redis.kill()
                if power_fails:
                    os.truncate(log_of(folder), size)
                await asyncio.sleep(0.5)
                redis.start()
                await arriving
                await until(partial(all_know_what_was_lost, home, http))
                lost = await home.door.settle(http, people)
                for person in people:  # and all ask again
                    await home.door.join(http, person)
            one_place_each(people)
            assert all(person.told[0][0] > since for person in lost)
            assert bool(lost) is power_fails
            assert await home.numbers() == {person.wallet: person.number for person in people}
            if not power_fails:
                assert sorted(person.number for person in people) == list(range(1, PEOPLE + 1))


async def some_were_told(people: list[Person], since: float) -> bool:
    return any(person.told and person.told[0][0] > since for person in people)


async def all_know_what_was_lost(home: House, http: httpx2.AsyncClient) -> bool:
    """Whether every gateway has heard of as many losses as Redis has found."""
    redis = connect(home.redis_url)
    try:
        found = await redis.llen(room_keys(home.door.event)[7])
    finally:
        await redis.aclose()
    line = f'conting_room_losses{{event="{home.door.event}"}} {float(found)}'
    told = [(await http.get(f"{url}/metrics")).text for url in home.door.urls]
    return all(line in each.splitlines() for each in told)


async def test_a_gateway_dies_under_load(tmp_path: Path) -> None:
    event = Pubkey.new_unique()
    with EmbeddedRedis(tmp_path / "redis") as redis:
        await open_room(redis.url, event, rate=0.001, capacity=1)
        with house(redis.url, tmp_path, event, gateways=2) as home:
            people = [home.door.person() for _ in range(PEOPLE)]
            async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
                arriving = asyncio.create_task(home.door.arrive(http, people, PER_SECOND))
                await asyncio.sleep(CRASH_AFTER)
                home.gateways[0].send_signal(signal.SIGKILL)
                await arriving
                for person in people:
                    await home.door.join(http, person)
            one_place_each(people)
            assert sorted(person.number for person in people) == list(range(1, PEOPLE + 1))


async def test_a_worker_dies_while_it_lets_people_in(tmp_path: Path) -> None:
    event, capacity = Pubkey.new_unique(), 40
    with EmbeddedRedis(tmp_path / "redis") as redis:
        await open_room(redis.url, event, rate=100, capacity=capacity)
        with house(redis.url, tmp_path, event, gateways=2, claim=0.4) as home:
            people = [home.door.person() for _ in range(300)]
            async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:
                arriving = asyncio.create_task(home.door.arrive(http, people, 300))
                await asyncio.sleep(1)
                home.gateways[0].send_signal(signal.SIGKILL)
                await arriving
            client = connect(redis.url)

            async def all_had_their_turn() -> bool:
                return int(await client.hget(room_keys(event)[0], "serving") or 0) == len(people)

            await until(all_had_their_turn)
            let_in: list[int] = []
            for _, entry in await client.xrange(room_keys(event)[6]) or ():
                kind, first, last, _ = str(dict(entry or {})["c"]).split()
                assert kind == "in"
                assert int(last) - int(first) < capacity
                let_in += range(int(first), int(last) + 1)
            await client.aclose()
            assert let_in == list(range(1, 301))  # in order, each once, none skipped
