"""How people get in: so many a second, so many at once, and what follows a missed turn."""

import asyncio
import secrets
import time
from dataclasses import dataclass

import pytest
from conting_client import Rpc, Wallet
from conting_client.generated.ticket import cancel_event
from conting_gateway.redis import Redis, connect
from conting_gateway.waitroom.store import NOT_NOW, WaitroomStore, room_keys
from conting_localnet import LocalnetProcess
from solders.pubkey import Pubkey

from tests.cluster import Server
from tests.gateway.chain import HOUR, Chain
from tests.gateway.support import Gateway, Start
from tests.gateway.waitroom.rooms import (
    enter,
    join,
    open_room,
    open_sale,
    public,
    queue,
    status,
    until,
    visit,
    wait_for,
)

pytestmark = pytest.mark.anyio


@dataclass
class Room:
    """A room below HTTP, open, with `people` numbers given out. Times in milliseconds."""

    store: WaitroomStore
    event: Pubkey
    claim: int = 60_000
    grace: int = 60_000
    visit: int = 60_000

    async def tick(self) -> int:
        pulse = await self.store.tick(self.event, self.claim, self.grace, worker="w")
        assert pulse is not None
        return pulse.serving

    async def inside(self) -> set[int]:
        snapshot = await self.store.load(self.event)
        assert snapshot is not None
        return set(snapshot.inside)

    async def enter(self, number: int) -> str:
        outcome, _ = await self.store.enter(
            self.event,
            guest=f"fan{number}",
            number=number,
            place=number,
            visit=self.visit,
            grace=self.grace,
        )
        return outcome


async def make_room(redis: Redis, *, people: int, rate: float, capacity: int) -> Room:
    store, event = WaitroomStore(redis), Pubkey.new_unique()
    secret = secrets.token_bytes(32)
    await store.configure(
        event, rate=rate, capacity=capacity, beacon_slot=1, secret=secret, commit=secret
    )
    numbers: list[int] | None = [NOT_NOW]
    while numbers is None or NOT_NOW in numbers:  # of a cluster, another master may serve by now
        await store.close(event)
        await store.open(event, 1, secret, secret)
        fans = [f"fan{number}" for number in range(1, people + 1)]
        numbers = await store.join(event, 10**6, fans)
    await asyncio.sleep(0.005)  # the bucket fills with time, counted in milliseconds
    return Room(store, event)


async def test_the_rate_holds_however_many_workers_let_in(redis: Redis) -> None:
    began = time.monotonic()
    room = await make_room(redis, people=500, rate=40, capacity=10_000)

    async def worker() -> None:
        for _ in range(30):
            await room.tick()
            await asyncio.sleep(0.02)

    await asyncio.gather(*(worker() for _ in range(8)))
    serving = await room.tick()
    seconds = time.monotonic() - began
    assert 1 <= serving <= 40 * seconds + 1
    assert await room.inside() == set(range(1, serving + 1))


@pytest.mark.slow
async def test_a_pause_does_not_save_up_more_than_one_second(redis: Redis) -> None:
    room = await make_room(redis, people=500, rate=20, capacity=10_000)
    await asyncio.sleep(2.5)
    assert await room.tick() <= 20


async def test_there_are_never_more_inside_than_capacity(redis: Redis) -> None:
    room = await make_room(redis, people=100, rate=1_000_000, capacity=7)
    await asyncio.gather(*(room.tick() for _ in range(20)))
    assert await room.inside() == set(range(1, 8))
    assert await room.enter(3) == "entered"
    await room.store.spend(room.event, "fan3", 3, 3)
    assert await room.tick() == 8
    assert await room.inside() == {1, 2, 4, 5, 6, 7, 8}


async def test_entering_again_neither_fails_nor_lengthens_the_visit(redis: Redis) -> None:
    room = await make_room(redis, people=1, rate=1_000_000, capacity=1)
    await room.tick()
    first = await room.store.enter(
        room.event, guest="fan1", number=1, place=1, visit=50_000, grace=1
    )
    await asyncio.sleep(0.05)
    again = await room.store.enter(
        room.event, guest="fan1", number=1, place=1, visit=50_000, grace=1
    )
    assert first == again
    assert first[0] == "entered"


async def test_a_missed_turn_comes_again_once_and_before_the_others(redis: Redis) -> None:
    room = await make_room(redis, people=9, rate=1_000_000, capacity=1)
    room.claim = 100
    await room.tick()
    assert await room.inside() == {1}
    await asyncio.sleep(0.15)
    assert await room.tick() == 2  # 1 did not come: 2 is in
    assert await room.enter(1) == "grace"
    assert await room.enter(1) == "grace"
    assert await room.enter(3) == "waiting"
    await asyncio.sleep(0.15)
    assert await room.tick() == 2  # 2 did not come either: 1 is in, before 3
    assert await room.inside() == {1}
    await asyncio.sleep(0.15)
    assert await room.tick() == 3
    assert await room.enter(1) == "lapsed"
    numbers = await room.store.join(room.event, 100, ["fan1"])
    assert numbers == [10]  # a new place, at the end


async def test_a_second_turn_that_is_taken_is_a_turn_like_any(redis: Redis) -> None:
    room = await make_room(redis, people=2, rate=1_000_000, capacity=1)
    room.claim = 100
    await room.tick()
    await asyncio.sleep(0.15)
    assert await room.enter(1) == "grace"
    room.claim = 60_000
    await room.tick()
    assert await room.enter(1) == "entered"


async def test_a_turn_missed_long_ago_is_over(redis: Redis) -> None:
    room = await make_room(redis, people=3, rate=1_000_000, capacity=1)
    room.claim, room.grace = 50, 100
    await room.tick()
    await asyncio.sleep(0.1)
    await room.tick()
    await asyncio.sleep(0.2)
    assert await room.enter(1) == "lapsed"


async def test_a_visit_that_is_over_gives_no_second_turn(redis: Redis) -> None:
    room = await make_room(redis, people=2, rate=1_000_000, capacity=1)
    room.visit = 50
    await room.tick()
    assert await room.enter(1) == "entered"
    await asyncio.sleep(0.1)
    await room.tick()
    assert await room.enter(1) == "lapsed"


async def test_no_second_turn_is_waited_for_when_all_is_sold(redis: Redis) -> None:
    """`not_yet_admitted` would have a client ask for ever."""
    room = await make_room(redis, people=3, rate=1_000_000, capacity=2)
    room.claim = 50
    await room.tick()
    await asyncio.sleep(0.1)
    room.claim = 60_000
    assert await room.enter(1) == "grace"
    await room.store.sell_out(room.event)
    await room.tick()
    assert await room.enter(1) == "sold_out"  # asked for it before
    assert await room.enter(2) == "sold_out"  # asks for it now


async def test_who_is_inside_when_all_is_sold_stays_so(redis: Redis) -> None:
    room = await make_room(redis, people=2, rate=1_000_000, capacity=1)
    await room.tick()
    assert await room.enter(1) == "entered"
    await room.store.sell_out(room.event)
    assert await room.enter(1) == "entered"
    assert await room.enter(2) == "sold_out"


async def test_a_place_that_redis_lost_is_not_served_to_two(redis: Redis) -> None:
    room = await make_room(redis, people=2, rate=1_000_000, capacity=5)
    await room.tick()
    outcome, _ = await room.store.enter(
        room.event, guest="somebody else", number=1, place=1, visit=1000, grace=1000
    )
    assert outcome == "lost"
    assert await room.enter(1) == "entered"


async def test_a_clock_put_back_lengthens_no_turn(redis: Redis) -> None:
    """As if the turn and the last look at the room had been an hour from now."""
    room = await make_room(redis, people=2, rate=1_000_000, capacity=1)
    room.claim = 500
    await room.tick()
    keys, hour = room_keys(room.event), 3_600_000
    await redis.hincrby(keys[0], "refilled", hour)
    await redis.zincrby(keys[2], hour, "1")
    assert await room.tick() == 1
    assert await room.enter(2) == "waiting"
    await asyncio.sleep(0.6)
    assert await room.tick() == 2


@pytest.mark.slow
async def test_who_is_admitted_enters_and_others_wait(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    first, second = Wallet.generate(), Wallet.generate()
    early, late = await join(gateway, show, first), await join(gateway, show, second)
    token = await enter(gateway, show, first, early["ticket"])
    assert await enter(gateway, show, first, early["ticket"]) == token
    waiting = await status(gateway, show, late["ticket"])
    assert (waiting["state"], waiting["place"], waiting["ahead"]) == ("waiting", 2, 0)
    assert 1_600 <= waiting["next_poll_ms"] <= 36_000
    path = queue(show.address) + "/enter"
    body = {"ticket": late["ticket"]}
    assert await gateway.refused("POST", path, who=second, body=body) == "not_yet_admitted"


@pytest.mark.attack
@pytest.mark.slow
async def test_nobody_enters_with_the_ticket_of_another(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    await open_sale(gateway, chain, show)
    owner, thief = Wallet.generate(), Wallet.generate()
    ticket = (await join(gateway, show, owner))["ticket"]
    await wait_for(gateway, show, ticket, "admitted")
    path = queue(show.address) + "/enter"
    assert await gateway.refused("POST", path, who=thief, body={"ticket": ticket}) == "bad_ticket"


async def test_nobody_enters_before_the_opening(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show)
    fan = Wallet.generate()
    body = {"ticket": (await join(gateway, show, fan))["ticket"]}
    path = queue(show.address) + "/enter"
    assert await gateway.refused("POST", path, who=fan, body=body) == "not_yet_admitted"


@pytest.mark.slow
async def test_when_all_is_sold_the_waiting_are_told_and_nobody_joins(
    gateway: Gateway, chain: Chain
) -> None:
    admission = Wallet(gateway.keys.admission)
    show = await chain.make_show(admission.key, seats=1)
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    await visit(gateway, show, Wallet.generate())
    late = Wallet.generate()
    waiting = (await join(gateway, show, late))["ticket"]
    assert (await status(gateway, show, waiting))["state"] == "waiting"
    buyer = await chain.fund()
    await chain.buy(show, admission, buyer, 0, Wallet.generate().key)
    await wait_for(gateway, show, waiting, "sold_out")
    assert (await public(gateway, show))["state"] == "sold_out"
    path, body = queue(show.address), {"ticket": waiting}
    assert await gateway.refused("POST", path + "/join", who=Wallet.generate()) == "sold_out"
    assert await gateway.refused("POST", path + "/enter", who=late, body=body) == "sold_out"


@pytest.mark.slow
@pytest.mark.parametrize("why", ["cancelled", "closed"])
async def test_when_nothing_is_sold_any_more_nobody_waits_for_it(
    gateway: Gateway, chain: Chain, why: str
) -> None:
    """Seats are left, and no order for one of them would be taken."""
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    await visit(gateway, show, Wallet.generate())
    late = Wallet.generate()
    waiting = (await join(gateway, show, late))["ticket"]
    assert (await status(gateway, show, waiting))["state"] == "waiting"
    if why == "cancelled":
        cancel = cancel_event(organiser=show.organiser.key, event=show.address)
        await chain.send(cancel, show.organiser)
    else:
        await chain.advance_to(show.opens + HOUR)
    await wait_for(gateway, show, waiting, "sold_out")
    path, body = queue(show.address), {"ticket": waiting}
    assert await gateway.refused("POST", path + "/join", who=Wallet.generate()) == "sold_out"
    assert await gateway.refused("POST", path + "/enter", who=late, body=body) == "sold_out"


@pytest.mark.slow
async def test_without_redis_polls_are_answered_and_joins_are_not(
    own_redis: Server, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show, rate=0.001, capacity=1)
        fan, other = Wallet.generate(), Wallet.generate()
        await gateway.token(other)
        ticket = (await join(gateway, show, fan))["ticket"]
        document = await open_sale(gateway, chain, show)
        before = await status(gateway, show, ticket)
        assert before["stale"] is False
        own_redis.kill()

        async def is_stale() -> bool:
            return bool((await status(gateway, show, ticket))["stale"])

        await until(is_stale)
        after = await status(gateway, show, ticket)
        assert (after["state"], after["place"]) == (before["state"], before["place"])
        assert (await public(gateway, show))["seed"] == document["seed"]
        answer = await gateway.call("POST", queue(show.address) + "/join", who=other)
        assert (answer.status_code, answer.json()["error"]) == (503, "store_unavailable")
        assert answer.json()["retry_after"] > 0
        ready = await gateway.http.get("/ready")
        assert ready.status_code == 503
        assert (ready.json()["redis"], ready.json()["rpc"]) == (False, True)
    await redis.aclose()


@pytest.mark.slow
async def test_places_survive_a_crash_of_redis(
    own_redis: Server, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show)
        fans = [Wallet.generate() for _ in range(5)]
        numbers = [(await join(gateway, show, fan))["number"] for fan in fans]
    await redis.aclose()
    await asyncio.sleep(1.5)  # the append-only log is synced each second
    own_redis.kill()
    own_redis.start()
    redis = connect(own_redis.url)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, keys=gateway.keys) as reborn:
        again = [(await join(reborn, show, fan))["number"] for fan in fans]
        assert again == numbers
        assert (await join(reborn, show, Wallet.generate()))["number"] == 6
    await redis.aclose()
