"""A cluster's master changes in the middle of joins, turns and holds. Real processes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from conting_gateway.redis import Redis, connect
from conting_gateway.waitroom.store import room_keys
from solders.pubkey import Pubkey

from tests.cluster import Cluster
from tests.gateway.faults.people import Person, one_place_each
from tests.gateway.faults.shoppers import Shop
from tests.gateway.faults.test_crashes import House, house, open_room

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EARLY, LATE = 60, 60  # people before the fault, and from then on
SEATS = 100  # fewer than people: they contend
PER_SECOND = 60.0
SOME = 10  # people


@dataclass
class Crisis:
    """A cluster in the middle of a sale. `began`, `ended`: of the fault, as time.monotonic()."""

    cluster: Cluster
    shop: Shop
    people: list[Person]
    began: float = 0.0
    ended: float = 0.0

    async def strike(self, fault: "Fault") -> None:
        """Once some have seats."""
        while len(self.shop.told) < SOME:  # noqa: ASYNC110 it is counted by many
            await asyncio.sleep(0.01)
        self.began = time.monotonic()
        await asyncio.to_thread(fault, self)
        self.ended = time.monotonic()

    @property
    def key(self) -> str:
        return room_keys(self.shop.door.event)[0]

    def is_under_way(self) -> bool:
        """Whether some have got places since it began."""
        told = [person.told[0][0] for person in self.people if person.told]
        return sum(at > self.began for at in told) >= SOME


Fault = Callable[[Crisis], object]


def yields(crisis: Crisis) -> None:
    """The replica takes over by agreement: nothing is lost."""
    crisis.cluster.fail_over(crisis.cluster.number_of(crisis.key))


def dies(crisis: Crisis) -> None:
    """And what it did last, its replica has not heard of."""
    crisis.cluster.kill_master_of(crisis.key, unsent=crisis.is_under_way)


async def test_masters_change_while_people_join_enter_and_hold(tmp_path: Path) -> None:
    events = {fault: Pubkey.new_unique() for fault in (yields, dies)}
    with Cluster(tmp_path / "cluster") as cluster:
        for event in events.values():
            await open_room(cluster.url, event, rate=PER_SECOND, capacity=EARLY + LATE)
        with house(cluster.url, tmp_path, events[yields], gateways=2) as home:
            for fault, event in events.items():
                await check_sale(
                    House(replace(home.door, event=event), [], home.redis_url), cluster, fault
                )


async def check_sale(home: House, cluster: Cluster, fault: Fault) -> None:
    """What everybody was told holds in the end, but for what a dead master took with it."""
    people = [home.door.person() for _ in range(EARLY + LATE)]
    crisis = Crisis(cluster, Shop.at(home.door, cluster.url, SEATS), people)
    async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
        lost = await sell(crisis, http, fault)
    one_place_each(people)
    assert await home.numbers() == {person.wallet: person.number for person in people}
    await check_turns(home)
    await check_holds(crisis, lossless=fault is yields)
    assert bool(await losses(home)) is (fault is dies)
    assert all(person.told[0][0] > crisis.began for person in lost)
    await crisis.shop.close()


async def sell(crisis: Crisis, http: httpx2.AsyncClient, fault: Fault) -> list[Person]:
    """Everybody comes, enters and holds; the fault in the middle of it. Whose places were lost."""
    door, visits = crisis.shop.door, []
    striking = asyncio.create_task(crisis.strike(fault))
    for number, person in enumerate(crisis.people):
        while number >= EARLY and not crisis.began:  # noqa: ASYNC110 another task sets it
            await asyncio.sleep(0.01)
        visits.append(asyncio.create_task(crisis.shop.visit(http, person)))
        await asyncio.sleep(1 / PER_SECOND)
    await asyncio.gather(*visits, striking)
    lost = await door.settle(http, crisis.people)
    for person in crisis.people:
        await door.join(http, person)
    return lost


async def check_turns(home: House) -> None:
    """In the end every place has had its turn, in the order of the places."""
    client = connect(home.redis_url)
    turns = await turns_of(client, home.door.event)
    await client.aclose()
    assert turns == list(range(1, len(turns) + 1))
    assert len(turns) >= EARLY + LATE


async def turns_of(client: Redis, event: Pubkey) -> list[int]:
    """The places that were let in, each when it was for the first time."""
    turns: list[int] = []
    for _, entry in await client.xrange(room_keys(event)[6]) or ():
        kind, first, last, _ = str(dict(entry or {})["c"]).split()
        assert kind == "in"
        turns += range(int(first), int(last) + 1)
    return list(dict.fromkeys(turns))  # who enters is told again, for the longer lease


async def losses(home: House) -> list[str]:
    """What the room says that it has lost."""
    client = connect(home.redis_url)
    try:
        return [str(each) for each in await client.lrange(room_keys(home.door.event)[7], 0, -1)]
    finally:
        await client.aclose()


async def check_holds(crisis: Crisis, *, lossless: bool) -> None:
    """No seat is two people's; who was told of a hold that is gone, was so during the fault."""
    holders, told = await crisis.shop.holders(), crisis.shop.told
    assert len(set(holders.values())) == len(holders)
    gone = [held for held in told if holders.get(held.seat) != held.person.wallet]
    assert all(held.told > crisis.began and held.asked < crisis.ended for held in gone)
    assert any(held.told < crisis.began for held in told)
    assert any(held.asked > crisis.began for held in told)
    if lossless:
        assert sorted(held.seat for held in told) == list(range(SEATS))
        assert not gone
