"""Redis comes back without its last moment: a gate group's writer is its only one."""

import json
import time
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from conting_gateway.gate.memory import MendingError
from conting_gateway.gate.records import Writer
from conting_gateway.gate.store import ANYBODY, GateStore
from solders.pubkey import Pubkey

from tests.gateway.gate.power import (
    NIGHT,
    PATIENCE,
    Evening,
    Power,
    told_again,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

DAY = 24 * NIGHT


@pytest.fixture
def evening(power: Power) -> Evening:
    """Of an event of its own."""
    return Evening(power, Pubkey.new_unique())


async def writer_not_settled(evening: Evening) -> tuple[GateStore, GateStore]:
    """Two gateways, of which the first has told north of a right that Redis may lose."""
    north, south = evening.gateway(), evening.gateway()
    await evening.let_in(north, "north", Pubkey.new_unique())
    await evening.power.settle()
    assert await evening.claim(north, "north", 1) == "north"
    return north, south


async def test_a_writer_stays_the_only_one_though_redis_forgot(evening: Evening) -> None:
    north, south, dead = evening.gateway(), evening.gateway(), evening.gateway()
    await evening.let_in(north, "north", Pubkey.new_unique())
    await evening.power.settle()
    assert await evening.claim(north, "north", 1) == "north"
    assert await evening.claim(dead, "dead", 2) == "dead"
    evening.power.fails()
    assert not await south.writers(evening.event, 0)
    now = int(time.time())
    wanted = Writer("south", "log", now + NIGHT)
    with pytest.raises(MendingError):
        await south.claim(evening.event, 0, 1, wanted, now=now)
    await north.mend()
    keys, redis = f"conting:{{{evening.event}}}:gate", evening.power.clients[0]
    assert await redis.pttl(f"{keys}:0:writers") > (NIGHT - PATIENCE) * 1000  # as long as the right
    assert DAY * 1000 < await redis.pttl(f"{keys}:run") <= 7 * DAY * 1000  # and not for ever
    assert await evening.claim(south, "south", 1) == "north"
    assert await evening.claim(south, "south", 2) == "south"  # nobody remembers


async def test_a_gate_that_gives_back_anothers_right_has_nobody_forget_it(
    evening: Evening,
) -> None:
    north, south = await writer_not_settled(evening)
    assert not await evening.release(north, "south", 1)
    evening.power.fails()
    await north.mend()
    assert await evening.claim(south, "south", 1) == "north"


async def test_a_writer_whose_right_is_not_lost_keeps_it_once_redis_is_told_again(
    evening: Evening,
) -> None:
    north = evening.gateway()
    assert await evening.claim(north, "north", 1) == "north"
    await evening.power.settle()
    evening.power.fails()
    assert await evening.claim(evening.gateway(), "north", 1) == "north"
    assert (await north.writers(evening.event, 0))[1].until >= int(time.time()) + NIGHT - PATIENCE


@pytest.mark.parametrize("first", ["old", "new"])
async def test_a_right_that_a_supervisor_took_stays_taken_though_redis_forgot(
    evening: Evening, first: str
) -> None:
    """Whichever gateway is the first to tell again of the writer that it knows."""
    gateways = {"old": evening.gateway(), "new": evening.gateway()}
    assert await evening.claim(gateways["old"], "old", 1) == "old"
    await evening.power.settle()
    assert await evening.claim(gateways["new"], "new", 1, take_from=ANYBODY) == "new"
    evening.power.fails()
    assert (await gateways["old"].writers(evening.event, 0))[1].gate == "old"
    await gateways.pop(first).mend()
    for other in gateways.values():
        await other.mend()
    assert await evening.claim(evening.gateway(), "third", 1) == "new"


async def test_a_right_that_was_prolonged_lasts_as_long_though_redis_forgot(
    evening: Evening,
) -> None:
    """Its manifest says so: by what Redis has, another gate could get the right before its end."""
    north, now = evening.gateway(), int(time.time())
    assert await evening.claim(north, "north", 1) == "north"
    await evening.power.settle()
    longer = Writer("north", "log", now + DAY)
    assert await north.renew(evening.event, 0, 1, longer, now=now) is not None
    evening.power.fails()
    await north.mend()
    assert (await north.writers(evening.event, 0))[1].until == longer.until


@pytest.mark.attack
@pytest.mark.parametrize("asks", ["claim", "renew", "release"])
async def test_a_writer_that_asks_before_redis_hears_of_the_next_is_told_nothing(
    evening: Evening, asks: str
) -> None:
    """A manifest that named it would let it admit for hours beside the one that has the right."""
    gateway, now = evening.gateway(), int(time.time())
    assert await evening.claim(gateway, "old", 1) == "old"
    await evening.power.settle()
    assert await evening.claim(gateway, "new", 1, take_from=ANYBODY) == "new"
    evening.power.fails()
    old, where = Writer("old", "log", now + NIGHT + 1), (evening.event, 0, 1)
    asked: dict[str, Callable[[], Awaitable[object]]] = {
        "claim": partial(gateway.claim, *where, old, now=now),
        "renew": partial(gateway.renew, *where, old, now=now),
        "release": partial(gateway.release, *where, "old", "log"),
    }
    with pytest.raises(MendingError):
        await asked[asks]()
    await gateway.mend()
    assert await evening.claim(gateway, "third", 1) == "new"


@pytest.mark.parametrize("ends", ["taken", "given back"])
async def test_a_right_that_ended_after_redis_clock_was_put_back_stays_so(
    evening: Evening, ends: str
) -> None:
    gateway, hour = evening.gateway(), 3600 * 1000
    assert await evening.claim(gateway, "old", 1) == "old"
    redis, key = evening.power.clients[0], f"conting:{{{evening.event}}}:gate:0:writers"
    told = json.loads(await redis.hget(key, "1") or "")
    told["since"] += hour  # by the clock of before
    await redis.hset(key, "1", json.dumps(told))
    assert await evening.claim(gateway, "old", 1) == "old"
    if ends == "taken":
        assert await evening.claim(gateway, "new", 1, take_from=ANYBODY) == "new"
    else:
        assert await evening.release(gateway, "old", 1)
    await told_again(evening, gateway)
    assert await evening.claim(gateway, "new", 1) == "new"


async def test_a_right_that_was_given_back_through_another_gateway_does_not_come_back(
    evening: Evening,
) -> None:
    north, south = evening.gateway(), evening.gateway()
    assert await evening.claim(north, "north", 1) == "north"
    assert await evening.release(south, "north", 1)
    await told_again(evening, north, south)
    assert not await south.writers(evening.event, 0)
    assert await evening.claim(south, "south", 1) == "south"


async def test_a_right_that_was_given_back_stays_so_though_redis_forgot(evening: Evening) -> None:
    north, south = evening.gateway(), evening.gateway()
    assert await evening.claim(north, "north", 1) == "north"
    await evening.power.settle()
    assert await evening.release(south, "north", 1)
    evening.power.fails()
    await north.mend()
    await south.mend()
    assert await evening.claim(south, "south", 1) == "south"


async def test_a_right_that_redis_has_lost_is_given_back_once_redis_knows_of_it(
    evening: Evening,
) -> None:
    north, south = await writer_not_settled(evening)
    evening.power.fails()
    with pytest.raises(MendingError):
        await south.release(evening.event, 0, 1, "north", "log")
    await north.mend()
    assert await evening.release(south, "north", 1)
    assert await evening.claim(south, "south", 1) == "south"


@pytest.mark.attack
async def test_of_two_gates_that_replace_a_revoked_writer_one_does(evening: Evening) -> None:
    """Both were told who it is, and asked the chain, before either of them took its place."""
    store = evening.gateway()
    assert await evening.claim(store, "revoked", 1) == "revoked"
    found = (await store.writers(evening.event, 0))[1]
    assert await evening.claim(store, "one", 1, take_from=found.name) == "one"
    assert await evening.claim(store, "other", 1, take_from=found.name) == "one"
