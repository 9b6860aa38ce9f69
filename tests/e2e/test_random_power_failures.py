"""The power of Redis fails at random moments while people take holds, pay and go in.

It comes back without what it wrote in the last moment, up to a second of it, the last command cut
anywhere. What people were told in that moment may be lost, and nothing else. Seeds as in
test_random_kills.py.
"""

import asyncio
import itertools
import os
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from conting_client import GatewayRefused, from_base64, sign
from conting_client.gateway_answers import BuiltOrder
from conting_localnet import LocalnetProcess
from pydantic import TypeAdapter
from solders.pubkey import Pubkey

from tests.e2e.asking import buy_body, code_of
from tests.e2e.evening import (
    PAYS_ALONE,
    SECONDS,
    Allowing,
    Evening,
    Held,
    check_doors,
    evenings,
    play,
    stage,
    turns,
)
from tests.e2e.house import GatewayKeys
from tests.e2e.people import PRICE, Fan, until
from tests.e2e.storm import Blow, House, blows, house
from tests.e2e.test_faults import submit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

EVERY, AWAY = 2.0, 1.0  # seconds between failures, and until the power is back at the latest
UNSYNCED = 1.0  # seconds that the log may lack
LATE = 1.0  # seconds in which an answer that was on its way may still arrive
FORGOTTEN = {"order_expired", "unknown_order", "transaction_changed"}
"""What a client is told of an order that is not there, or not as it was; it orders again."""
WAITS = {"not_held", "order_open"}
TICK = 0.01  # seconds


@dataclass
class Mains:
    """The power of a house's Redis."""

    house: House
    folder: Path
    sizes: list[tuple[float, int]] = field(default_factory=list)
    """Of the log: what was answered until a moment is in so many bytes."""
    lost: list[tuple[float, float]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        (found,) = (self.folder / "appendonlydir").glob("*.incr.aof")
        return found

    def may_have_lost(self, told: float) -> bool:
        """Whether what somebody was told then may not be known any more."""
        return any(since <= told <= died + LATE for since, died in self.lost)

    async def watch(self) -> None:
        while True:
            self.sizes.append((time.monotonic(), self.log.stat().st_size))
            await asyncio.sleep(TICK)

    async def fail(self, blow: Blow, dice: random.Random) -> None:
        redis = self.house.redis
        await asyncio.to_thread(redis.kill)
        died = time.monotonic()
        kept = died - dice.uniform(0, UNSYNCED)
        since, size = max((each for each in self.sizes if each[0] <= kept), default=self.sizes[0])
        next_size = next((more for at, more in self.sizes if at > since), size)
        end = dice.randint(size, max(size, next_size))
        os.truncate(self.log, min(end, self.log.stat().st_size))  # it may have been cut before
        self.lost.append((since, died))
        self.sizes.clear()
        self.sizes.append((time.monotonic(), self.log.stat().st_size))
        await asyncio.sleep(blow.away)
        await asyncio.to_thread(redis.start)

    async def storm(self, dice: random.Random) -> None:
        """The power fails again and again, and is back after it."""
        began = time.monotonic()
        watching = asyncio.create_task(self.watch())
        for blow in blows(dice, SECONDS, every=EVERY, away=AWAY):
            await asyncio.sleep(began + blow.at - time.monotonic())
            await self.fail(blow, dice)
        watching.cancel()


@dataclass
class Blackout(Evening):
    """People who ask again for what was lost, and look at the chain before they pay again."""

    mains: Mains = field(kw_only=True)
    owners: dict[int, dict[Pubkey, float]] = field(default_factory=lambda: defaultdict(dict))
    """Who was told each number, and when for the first time."""
    told: dict[str, float] = field(default_factory=dict)
    """When somebody was last told of an order."""

    async def turn(self, fan: Fan) -> None:
        event = self.show.address
        place = await fan.gateway.join(event)
        while True:
            self.owners[place.number].setdefault(fan.wallet.key, time.monotonic())
            with Allowing("place_lost"):
                turn = await fan.gateway.wait_for_turn(event, place, sleep=_a_moment)
                fan.admission = turn.admission_pass
                return
            place = await fan.gateway.join(event, lost=place.ticket)

    async def take(self, fan: Fan) -> Held | None:
        with Allowing("hold_limit"):  # of seats whose letting go was lost
            return await super().take(fan)
        return None

    async def hold(self, fan: Fan, seat: int) -> int:
        while True:
            with Allowing("not_admitted", "pass_spent"):
                return await super().hold(fan, seat)
            await self.turn(fan)

    async def buy(self, hold: Held) -> None:
        """Until the chain says whose the seat is, or that nothing is on its way there."""
        fan, seat, number = hold.fan, hold.seat, 1
        built: list[BuiltOrder] = []
        while await self.owner(seat) is None:
            body = buy_body(fan, self.show, seat)
            key = f"{seat}, try {number}"
            answer = await fan.post("/v1/orders/buy", body, idempotency_key=key)
            if answer.is_success:
                built.append(TypeAdapter(BuiltOrder).validate_json(answer.content))
                self.told[built[-1].order] = time.monotonic()
                number += await self.paid(fan, built[-1]) in {"expired", "refused"}
            elif (code := code_of(answer)) in {"not_admitted", "pass_spent"}:
                await self.turn(fan)
            elif await self.owner(seat) is None:
                assert code in WAITS, answer.text
                if code == "not_held" and not await self.may_land(built):
                    return
        if await self.owner(seat) == fan.wallet.key:
            self.bought[seat] = fan, built[-1]

    async def paid(self, fan: Fan, built: BuiltOrder) -> str:
        """Signs and sends, and what became of it, as far as anybody knows."""
        try:
            if self.dice.random() < PAYS_ALONE:
                signed = sign(from_base64(built.transaction), fan.wallet.keypair)
                await self.town.send_untried(signed)
            else:
                await submit(fan, built)
            await asyncio.sleep(self.dice.uniform(0, 0.5))
            return (await fan.gateway.order(built.order)).state
        except GatewayRefused as refusal:
            if refusal.code not in FORGOTTEN:
                raise
            return "expired" if refusal.code == "order_expired" else "forgotten"

    async def owner(self, seat: int) -> Pubkey | None:
        """By the chain."""
        found = await self.town.tickets.ticket(self.show.ticket(seat))
        return None if found is None else found.data.holder

    async def may_land(self, built: list[BuiltOrder]) -> bool:
        """Whether a transaction that was handed out may still come to something."""
        hashes = [from_base64(each.transaction).message.recent_blockhash for each in built]
        return any([await self.town.rpc.is_valid(each) for each in hashes])


async def _a_moment(_seconds: float) -> None:
    await asyncio.sleep(TICK)


async def check_line(evening: Blackout) -> None:
    """Each number was one person's only, and each place had its turn, in order."""
    for number, owners in evening.owners.items():
        assert len(owners) == 1, f"{number} told to {owners}; lost: {evening.mains.lost}"
    let_in = await turns(evening)
    assert let_in == list(range(1, len(let_in) + 1))
    assert set(evening.owners) <= set(let_in)


def check_holds(evening: Blackout) -> None:
    """A seat that somebody was told to have is another one's only if that was lost."""
    for one, other in itertools.combinations(sorted(evening.held, key=lambda each: each.told), 2):
        if one.seat == other.seat and one.fan is not other.fan and one.let_go > other.told:
            assert evening.mains.may_have_lost(one.told), (
                f"seat {one.seat} told to {one.fan.wallet.key} at {one.told}, let go {one.let_go}, "
                f"told to {other.fan.wallet.key} at {other.told}; lost: {evening.mains.lost}"
            )


async def check_orders(evening: Blackout) -> None:
    """Who paid has the ticket, paid once; the order is found, unless it was lost."""
    sold = await evening.town.tickets.tickets_of_section(evening.show.section())
    assert {each.data.seat: each.data.holder for each in sold} == {
        seat: fan.wallet.key for seat, (fan, _) in evening.bought.items()
    }
    assert await evening.town.money(evening.show) == PRICE * len(sold)
    for fan, built in evening.bought.values():
        listed = await fan.gateway.tickets(fan.wallet.key)
        assert built.account in {each.ticket for each in listed}
        with Allowing("unknown_order"):
            assert (await fan.gateway.order(built.order)).state == "done"
            continue
        assert evening.mains.may_have_lost(evening.told[built.order])


async def check_seats(evening: Blackout) -> None:
    """Every gateway shows what is sold."""
    async with httpx2.AsyncClient() as http:
        for url in evening.house.urls:
            path = f"{url}/v1/events/{evening.show.address}/sections/0/seats"

            async def are_shown(path: str = path) -> bool:
                return sorted((await http.get(path)).json()["sold"]) == sorted(evening.bought)

            await until("the seats as they are", are_shown)


async def test_what_was_told_before_the_last_moment_holds_whenever_the_power_fails(
    node: LocalnetProcess, keys: GatewayKeys, tmp_path: Path
) -> None:
    async def one(number: int, seed: int) -> None:
        dice, folder = random.Random(seed), tmp_path / str(number)
        with house(keys, node.rpc_url, folder) as home:
            mains = Mains(home, folder)
            async with stage(home, keys, dice) as (town, show, doors):
                evening = Blackout(town, home, dice, show, doors, mains=mains)
                await play(evening, mains.storm(dice))
                await check_line(evening)
                check_holds(evening)
                await check_orders(evening)
                await check_seats(evening)
                await check_doors(evening)

    await evenings(one)
