"""What a crash of Redis takes is told, and given back: nobody gets the place of another."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import cast

import pytest
from conting_client import Wallet
from conting_gateway.catalog.service import Catalog
from conting_gateway.redis import Redis
from conting_gateway.waitroom.lua import GATHERING, RECOVERY
from conting_gateway.waitroom.order import draw_places
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.store import Room as Record
from conting_gateway.waitroom.store import WaitroomStore, room_keys
from solders.pubkey import Pubkey

from tests.gateway.fastlane.servers import make_room, session
from tests.gateway.gate.power import Power
from tests.gateway.support import Gateway, Json, once_more_if_slower_than

pytestmark = pytest.mark.anyio

MENDING = RECOVERY / 1000  # seconds
LONGER_THAN_MENDING = MENDING + 0.1


@dataclass
class Room:
    """A room below HTTP, whose last moment can be taken away."""

    redis: Redis
    store: WaitroomStore
    event: Pubkey

    async def join(self, *wallets: str, floor: int = 0) -> list[int]:
        numbers = await self.store.join(self.event, 10**6, wallets, floor)
        assert numbers is not None
        return numbers

    async def tell(self, worker: str, floor: int = 0) -> None:
        """As each gateway does, again and again: also when all have had the time to come."""
        await self.tick(worker, floor)
        began = int(await self.redis.hget(room_keys(self.event)[0], "mending") or 0) - RECOVERY
        left = (began + GATHERING) / 1000 - time.time()
        if 0 < left <= GATHERING / 1000:
            await asyncio.sleep(left + 0.01)
            await self.tick(worker, floor)

    async def tick(self, worker: str, floor: int = 0) -> None:
        """The same, once."""
        await self.store.tick(self.event, 1, 1, worker=worker, floor=floor)

    async def reclaim(self, wallet: str, number: int, era: int) -> int:
        return (await self.store.reclaim(self.event, wallet, number, era))[0]

    async def record(self) -> Record:
        snapshot = await self.store.load(self.event)
        assert snapshot is not None
        return snapshot.room

    async def lose(self, *wallets: str) -> None:
        """As a crash does: the numbers of these, the newest, are gone."""
        room, users, *_ = room_keys(self.event)
        await self.redis.hdel(users, *wallets)
        await self.redis.hincrby(room, "tail", -len(wallets))


async def make(redis: Redis) -> Room:
    store, event, secret = WaitroomStore(redis), Pubkey.new_unique(), secrets.token_bytes(32)
    await store.configure(event, rate=1, capacity=1, beacon_slot=1, secret=secret, commit=secret)
    return Room(redis, store, event)


@once_more_if_slower_than(MENDING)
async def test_lost_numbers_are_not_given_to_others(redis: Redis) -> None:
    room = await make(redis)
    await room.tell("one")
    await room.tell("two")
    assert await room.join("a", "b", "c") == [1, 2, 3]
    await room.lose("b", "c")
    assert await room.join("a", "new", floor=3) == [1, -2]  # first all workers tell what they know
    await room.tell("one", floor=3)
    assert await room.join("new", floor=3) == [-2]
    await room.tell("two", floor=3)
    assert await room.join("new", floor=3) == [4]
    assert await room.reclaim("c", 3, 0) == 3
    assert await room.reclaim("b", 2, 0) == 2
    assert await room.join("a", "b", "c", "new") == [1, 2, 3, 4]


@once_more_if_slower_than(MENDING)
async def test_a_worker_that_knows_more_raises_the_mark_while_it_is_mended(redis: Redis) -> None:
    room = await make(redis)
    await room.tell("one")
    await room.tell("two")
    assert await room.join(*"abcde") == [1, 2, 3, 4, 5]
    await room.lose("c", "d", "e")
    await room.tell("one", floor=4)
    assert await room.join("new", floor=4) == [-2]
    await room.tell("two", floor=5)
    assert await room.join("new", floor=4) == [6]
    losses = [range(loss.left + 1, loss.top + 1) for loss in (await room.record()).losses]
    assert [number for lost in losses for number in lost] == [3, 4, 5]


@pytest.mark.slow
async def test_a_clock_put_back_keeps_nobody_from_joining(redis: Redis) -> None:
    """While a gateway that died was waited for: as if the wait had begun an hour from now."""
    room = await make(redis)
    await room.tell("one")
    keys, (seconds, _) = room_keys(room.event), await redis.time()
    in_an_hour = (seconds + 3600) * 1000
    await redis.hset(keys[0], "mending", in_an_hour + RECOVERY)
    await redis.hset(keys[8], "two", f"!{in_an_hour}")
    assert await room.join("a") == [-2]
    async with asyncio.timeout(60):  # in a cluster whose masters change it begins anew
        while (told := await room.join("a")) == [-2]:
            await asyncio.sleep(0.1)
            await room.tell("one")
    assert told == [1]


async def test_who_has_bought_joins_anew_though_an_older_ticket_gave_the_number_back(
    redis: Redis,
) -> None:
    """In two tabs: one took the place back and bought, the other still has the ticket of before."""
    room = await make(redis)
    await room.tell("one")
    assert await room.join("a") == [1]
    await room.lose("a")
    await room.tell("one", floor=1)
    assert await room.reclaim("a", 1, 0) == 1
    await room.store.spend(room.event, "a", 1, 1)
    assert await room.reclaim("a", 1, 0) == 1
    entered = await room.store.enter(room.event, guest="a", number=1, place=1, visit=1, grace=1)
    assert entered == ("spent", 0)
    assert await room.join("a") == [2]


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_a_number_is_not_given_again_though_redis_forgot_that_its_gateway_had_begun(
    power: Power,
) -> None:
    """Started in the very second that is lost, so nobody knows that it is to be waited for."""
    redis = power.connect()
    room = await make(redis)
    await room.tell("one")
    await power.settle()
    await room.tell("new")
    assert await room.join("a") == [1]
    power.fails()
    await room.tick("one")
    assert await room.join("b") == [-2]
    await room.tick("new", floor=1)
    await room.tell("one")
    assert await room.join("b") == [2]
    assert await room.reclaim("a", 1, 0) == 1


@once_more_if_slower_than(GATHERING / 1000)
async def test_no_number_is_given_before_all_gateways_have_had_the_time_to_come(
    redis: Redis,
) -> None:
    """All that Redis knows of have told it what they know; one that it forgot may be on its way."""
    room = await make(redis)
    await room.tell("one")
    await redis.hset(room_keys(room.event)[0], "run", "one of before")  # as where another took over
    await room.tick("one")
    await asyncio.sleep(GATHERING / 2000)
    await room.tick("one")
    assert await room.join("a") == [-2]


async def two_gateways(power: Power) -> Room:
    """The number 1 is kept, 2 is only known to the gateway that gave it, and lost."""
    redis = power.connect()
    room = await make(redis)
    assert await room.join("a") == [1]
    await room.tell("one", floor=1)
    await room.tell("two", floor=1)
    await power.settle()
    assert await room.join("b", floor=1) == [2]
    power.fails()
    return room


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_a_number_that_only_one_gateway_heard_of_is_not_given_again(power: Power) -> None:
    room = await two_gateways(power)
    assert await room.join("a", "c", floor=1) == [1, -2]
    await room.tell("one", floor=1)
    assert await room.join("c", floor=1) == [-2]
    await room.tell("two", floor=2)
    assert await room.join("c", floor=1) == [3]
    assert await room.reclaim("b", 2, 0) == 2


@pytest.mark.slow
async def test_a_gateway_that_died_too_is_waited_for_once_and_not_long(power: Power) -> None:
    room = await two_gateways(power)
    assert await room.reclaim("b", 2, 0) == 2  # what was signed was given
    await room.tell("one", floor=2)
    assert await room.join("c", floor=2) == [-2]
    await asyncio.sleep(LONGER_THAN_MENDING)
    assert await room.join("b", "c", floor=2) == [2, 3]
    await power.settle()
    power.fails()
    assert await room.join("d", floor=3) == [-2]
    await room.tell("one", floor=3)
    assert await room.join("d", floor=3) == [4]


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_a_gateway_that_hangs_through_two_crashes_is_still_waited_for(power: Power) -> None:
    room = await two_gateways(power)
    assert await room.join("c", floor=1) == [-2]
    await room.redis.hset(
        room_keys(room.event)[0], "run", "one of before"
    )  # as where another took over
    await room.tell("one", floor=1)
    assert await room.join("c", floor=1) == [-2]
    await room.tell("two", floor=2)
    assert await room.join("c", floor=1) == [3]


@pytest.mark.slow
async def test_a_gateway_that_died_is_not_waited_for_anew_where_redis_changes_again(
    power: Power,
) -> None:
    room = await two_gateways(power)
    assert await room.join("c", floor=2) == [-2]
    keys, (seconds, microseconds) = room_keys(room.event), await room.redis.time()
    a_second_is_left = seconds * 1000 + microseconds // 1000 - RECOVERY + 1000
    await room.redis.hset(keys[8], "two", f"!{a_second_is_left}")
    await room.redis.hset(keys[0], "run", "one of before")  # as where another took over
    await room.tell("one", floor=2)
    await asyncio.sleep(1.1)
    await room.tell("one", floor=2)
    assert await room.join("c", floor=2) == [3]


@pytest.mark.slow
async def test_a_number_is_given_back_though_it_is_forgotten_that_others_were_lost(
    power: Power,
) -> None:
    room = await two_gateways(power)
    await room.tell("one", floor=2)
    await room.tell("two", floor=2)
    assert len((await room.record()).losses) == 1
    assert await room.join("c", floor=2) == [3]  # signed in era 1
    power.fails()  # takes the loss, too
    assert await room.reclaim("c", 3, 1) == 3
    assert await room.reclaim("b", 2, 0) == 2


@pytest.mark.slow
async def test_a_number_is_given_back_though_the_word_of_an_earlier_loss_was_lost_too(
    power: Power,
) -> None:
    """Two crashes within a second: the second one takes the number and that 2 was lost before."""
    room = await two_gateways(power)
    await room.tell("one", floor=2)
    await room.tell("two", floor=2)
    era = (await room.record()).era
    assert await room.join("c", floor=2) == [3]
    power.fails()
    await room.tell("two", floor=3)
    await room.tell("one", floor=3)
    assert await room.reclaim("c", 3, era) == 3
    assert await room.reclaim("b", 2, 0) == 2


async def test_a_second_loss_is_told_from_the_first_though_the_clock_was_put_back(
    redis: Redis,
) -> None:
    room = await make(redis)
    await room.join("a", "b")
    await room.lose("b")
    await room.tell("one", floor=2)
    losses, later = room_keys(room.event)[7], 10**13  # milliseconds: an hour far from now
    await redis.lset(losses, 0, f"1 2 {later}")
    assert await room.reclaim("b", 2, 0) == 2
    era = (await room.record()).era
    assert era == later
    await room.lose("b")
    await room.tell("one", floor=2)
    assert await room.reclaim("b", 2, era) == 2


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_the_collection_ends_when_all_have_told_what_was_lost(power: Power) -> None:
    """Who joined in the last moment before it is drawn like the others."""
    room = await two_gateways(power)
    await room.tell("one", floor=1)
    await room.store.close(room.event, floor=1)
    assert (await room.record()).state == "collecting"
    await room.tell("two", floor=2)
    await room.store.close(room.event, floor=1)
    record = await room.record()
    assert (record.state, record.collected) == ("drawing", 2)


@pytest.mark.attack
async def test_only_what_was_lost_is_given_back(redis: Redis) -> None:
    room = await make(redis)
    await room.join("a", "b", "c")
    await room.lose("c")
    await room.tell("one", floor=3)
    era = (await room.record()).era
    assert await room.join("new", floor=3) == [4]
    assert await room.reclaim("c", 4, 0) == 0  # given to another meanwhile
    assert await room.reclaim("c", 1, 0) == 0  # was never lost
    assert await room.reclaim("c", 3, era) == 0  # signed after the crash
    assert await room.reclaim("new", 3, 0) == 4  # has one


async def test_a_number_that_was_signed_for_two_is_given_back_to_one(redis: Redis) -> None:
    room = await make(redis)
    await room.tell("one")
    assert await room.join("a", "b") == [1, 2]
    await room.lose("b")  # and the gateway that told b of it is dead
    assert await room.join("c") == [2]
    await room.lose("c")
    await room.tell("one", floor=2)
    assert await room.reclaim("b", 2, 0) == 2
    assert await room.reclaim("c", 2, 0) == 0
    assert await room.join("b", "c", floor=2) == [2, 3]
    assert await room.reclaim("b", 2, 0) == 2


@once_more_if_slower_than(MENDING)
async def test_who_lost_a_place_is_told_and_takes_it_back_with_the_ticket(
    desk: Gateway, redis: Redis
) -> None:
    event = await make_room(desk, redis)
    path = f"/v1/events/{event}/queue"
    first, second, third = (Wallet.generate() for _ in range(3))
    headers = {w: {"authorization": f"Bearer {session(desk, w)}"} for w in (first, second, third)}

    async def join(wallet: Wallet, body: Json | None = None) -> Json:
        return await desk.ok("POST", f"{path}/join", headers=headers[wallet], body=body)

    async def state(ticket: str) -> str:
        return str((await desk.ok("GET", f"{path}/status?ticket={ticket}"))["state"])

    kept, gone = await join(first), await join(second)
    await Room(redis, WaitroomStore(redis), event).lose(str(second.key))
    early = await join(second, {"ticket": gone["ticket"]})
    assert early["number"] == gone["number"]
    await desk.services.waitroom.tick()  # hears that something was lost
    assert await state(early["ticket"]) != "lost"
    await Room(redis, WaitroomStore(redis), event).lose(str(second.key))
    assert (await join(third))["number"] == 3  # waits until all have told what they know
    assert await state(early["ticket"]) == "lost"
    assert await state(kept["ticket"]) != "lost"
    body = {"ticket": early["ticket"]}
    theft = await desk.refused("POST", f"{path}/join", headers=headers[third], body=body)
    assert theft == "bad_ticket"
    back = await join(second, body)
    assert back["number"] == gone["number"] == 2
    assert back["state"] != "lost"
    assert await state(back["ticket"]) != "lost"


async def test_a_ticket_tells_a_gateway_which_numbers_were_given(
    desk: Gateway, redis: Redis
) -> None:
    """Of another gateway, which may be dead, as the Redis that knew it is."""
    event = await make_room(desk, redis)
    ticket = desk.keys.tokens.mint("place", str(event), "7", str(Pubkey.new_unique()), "0")
    await desk.ok("GET", f"/v1/events/{event}/queue/status?ticket={ticket}")
    await desk.services.waitroom.tick()
    assert (await Room(redis, WaitroomStore(redis), event).record()).tail == 7


async def test_a_process_that_missed_changes_loads_the_room_again(
    desk: Gateway, redis: Redis
) -> None:
    event = await make_room(desk, redis)
    store = WaitroomStore(redis)
    await store.configure(event, rate=1000, capacity=100, beacon_slot=1, secret=b"", commit=b"")
    await store.join(event, 100, [f"fan{n}" for n in range(50)])
    await asyncio.sleep(0.1)
    await store.tick(event, 60_000, 1, worker="another")
    await redis.delete(room_keys(event)[6])  # nobody can follow it any more
    await store.enter(event, guest="fan0", number=1, place=1, visit=60_000, grace=1)
    await desk.services.waitroom.tick()
    views = desk.services.waitroom._rooms  # what polls are answered from
    view = views.known(str(event))
    snapshot = await store.load(event)
    assert view is not None
    assert snapshot is not None
    assert snapshot.inside
    assert view._inside == snapshot.inside


@pytest.mark.slow
async def test_a_process_does_not_take_a_change_for_one_of_the_same_number_that_was_lost(
    power: Power,
) -> None:
    """It would tell who is inside, two minutes later, that the turn is over."""
    redis = power.connect()
    room = await make(redis)
    await room.store.configure(
        room.event, rate=1000, capacity=100, beacon_slot=1, secret=b"", commit=b""
    )
    await room.store.close(room.event)
    await room.store.open(room.event, 1, b"", b"")
    assert await room.join("fan1", "fan2") == [1, 2]
    await asyncio.sleep(0.1)
    rooms = gateway(room, "w")
    await rooms.view(room.event)
    await rooms.tick()  # lets all in
    await power.settle()
    visit = {"visit": 600_000, "grace": 60_000}
    await room.store.enter(room.event, guest="fan1", number=1, place=1, **visit)
    await rooms.tick()
    power.fails()
    await room.store.enter(room.event, guest="fan2", number=2, place=2, **visit)
    await rooms.tick()
    view, snapshot = rooms.known(str(room.event)), await room.store.load(room.event)
    assert view is not None
    assert snapshot is not None
    assert view.room.changed == snapshot.room.changed
    assert view._inside == snapshot.inside


SEED, HASH = "5e" * 32, "4a" * 32  # of a draw


def gateway(room: Room, worker: str) -> Rooms:
    """One process's copies of the room."""
    catalog, patience = cast("Catalog", None), {"claim": 60_000, "grace": 60_000}
    return Rooms(room.store, catalog, time.time, **patience, polls=100, worker=worker)


async def drawn_and_lost(power: Power) -> tuple[Room, Rooms]:
    """Of a, b and c; d came after it. Redis lost the draw, the gateway knows it."""
    redis = power.connect()
    room = await make(redis)
    one = gateway(room, "one")
    assert await room.join("a", "b", "c") == [1, 2, 3]
    await one.view(room.event)
    await room.tell("two")
    await power.settle()
    await room.store.close(room.event)
    await room.store.open(room.event, 7, bytes.fromhex(HASH), bytes.fromhex(SEED))
    assert await room.join("d") == [4]
    await one.tick()
    power.fails()
    assert (await room.record()).state == "collecting"
    return room, one


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_the_order_stays_as_it_was_drawn_though_redis_forgot(power: Power) -> None:
    """Drawn again, d would stand among those who came before the opening."""
    room, one = await drawn_and_lost(power)
    two = gateway(room, "two")
    await room.store.close(room.event)  # by a gateway that has not heard of the draw
    await two.tick()
    places = [(await two.view(room.event)).place(number) for number in (1, 2, 3, 4)]
    assert places == [None] * 4
    await one.tick()
    await room.store.close(room.event)
    record = await room.record()
    assert (record.state, record.collected, record.beacon_used) == ("open", 3, 7)
    assert (record.beacon_hash, record.seed) == (bytes.fromhex(HASH), bytes.fromhex(SEED))
    expected = [*draw_places(bytes.fromhex(SEED), 3), 4]
    for each in (one, two):
        await each.tick()
        view = await each.view(room.event)
        assert [view.place(number) for number in (1, 2, 3, 4)] == expected


@pytest.mark.slow
@once_more_if_slower_than(MENDING)
async def test_nobody_draws_anew_before_all_gateways_have_told_what_they_know(
    power: Power,
) -> None:
    """Redis has the end of the collection, and has lost the draw."""
    redis = power.connect()
    room = await make(redis)
    one = gateway(room, "one")
    assert await room.join("a", "b", "c") == [1, 2, 3]
    await one.view(room.event)
    await room.store.close(room.event)
    await power.settle()
    await room.store.open(room.event, 7, bytes.fromhex(HASH), bytes.fromhex(SEED))
    await one.tick()
    power.fails()
    await room.store.open(room.event, 8, b"another", b"another")  # the node has forgotten 7
    assert (await room.record()).state == "drawing"
    await one.tick()
    assert (await room.record()).seed == bytes.fromhex(SEED)


@pytest.mark.slow
async def test_a_gateway_that_comes_late_believes_the_draw_that_was_made_since(
    power: Power,
) -> None:
    """With the same seed, of more people: all gateways are to say the same places."""
    room, one = await drawn_and_lost(power)
    await room.store.close(room.event)
    await asyncio.sleep(LONGER_THAN_MENDING)
    assert await room.join("d") == [4]
    await room.store.close(room.event)
    await room.store.open(room.event, 7, bytes.fromhex(HASH), bytes.fromhex(SEED))
    await one.tick()
    view, record = await one.view(room.event), await room.record()
    assert record.collected == 4
    expected = list(draw_places(bytes.fromhex(SEED), 4))
    assert [view.place(number) for number in (1, 2, 3, 4)] == expected


@pytest.mark.slow
async def test_the_draw_of_a_room_that_was_lost_whole_is_not_the_next_ones(redis: Redis) -> None:
    """Of the same event: its secret is another, and so must be its order."""
    room = await make(redis)
    one = gateway(room, "one")
    await room.store.close(room.event)
    await room.store.open(room.event, 7, bytes.fromhex(HASH), bytes.fromhex(SEED))
    await one.view(room.event)
    await redis.delete(*room_keys(room.event))
    other = secrets.token_bytes(32)
    await room.store.configure(
        room.event, rate=1, capacity=1, beacon_slot=1, secret=other, commit=other
    )
    await one.tick()
    assert (await room.record()).state == "collecting"
