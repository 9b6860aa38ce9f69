"""People at a sale and at the doors, and what has to come of it whoever dies meanwhile."""

import asyncio
import itertools
import math
import os
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType

import httpx2
from conting_client import GateReason, GatewayRefused, from_base64, sign
from conting_client.gate_api import GateClient
from conting_client.gateway_answers import BuiltOrder, GateAnswer
from conting_gateway.redis import connect
from conting_gateway.waitroom.store import room_keys

from tests.e2e.asking import order
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import GatewayKeys
from tests.e2e.people import PRICE, Fan, Show, Town, town_at, until
from tests.e2e.storm import ANYWHERE, PATIENCE, House, Roaming
from tests.e2e.test_faults import submit

EVENINGS = int(os.environ.get("CONTING_FUZZ", "0"))
SEED = os.environ.get("CONTING_SEED")
SECONDS = 20.0 if EVENINGS else 4.0  # of one storm
SHOPPERS, SEATS, HOLDERS = 12, 60, 8
TICKETS = 10  # that a person may have
CROWDED = 6  # seats that are about as near to the stage as the nearest
KEEPS, LETS_GO, PAYS_ALONE = 0.1, 0.3, 0.3
"""How often somebody holds a seat and does not buy it, lets a seat go, pays past the gateway."""
OUT = {GateReason.REPLAYED, GateReason.ALREADY_IN, GateReason.EXPIRED}


@dataclass
class Held:
    """A seat that somebody was told to have until `ends` (Unix), unless they let it go."""

    fan: Fan
    seat: int
    ends: int
    told: float
    let_go: float = math.inf


@dataclass
class Evening:
    """A sale, and the doors of another show."""

    town: Town
    house: House
    dice: random.Random
    show: Show
    doors: Doors
    numbers: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    bought: dict[int, tuple[Fan, BuiltOrder]] = field(default_factory=dict)
    ends: float = 0.0
    """Of the storm, as time.monotonic()."""

    @property
    def gates(self) -> list[Fan]:
        return [self.doors.gate_a, self.doors.gate_b]

    # The sale

    async def shop(self, fan: Fan) -> None:
        """One ticket after the other, until the fan keeps a seat, gets none, or has enough."""
        await asyncio.sleep(self.dice.uniform(0, 1))
        await signed_in(fan)
        for _ in range(TICKETS):
            if time.monotonic() > self.ends:
                return
            await self.turn(fan)
            hold = await self.take(fan)
            if hold is not None and self.dice.random() < LETS_GO:
                await self.let_go(hold)
                hold = await self.take(fan)
            if hold is None or self.dice.random() < KEEPS:
                return
            await self.buy(hold)

    async def turn(self, fan: Fan) -> None:
        """A place in line, and the pass that it gives in the end."""
        self.numbers.append((await fan.gateway.join(self.show.address)).number)
        await self.town.let_in(self.show, fan)

    async def take(self, fan: Fan) -> Held | None:
        """The first that is free of the nearest seats, in an order of the fan's own."""
        free = set(range(SEATS)) - set(self.bought)
        for seat in sorted(free, key=lambda seat: seat + self.dice.uniform(0, CROWDED)):
            with Allowing("seat_held", "seat_taken"):
                ends = await self.hold(fan, seat)
                self.held.append(Held(fan, seat, ends, time.monotonic()))
                return self.held[-1]
        return None

    async def hold(self, fan: Fan, seat: int) -> int:
        """Until when."""
        event, shown = self.show.address, fan.admission
        found = await fan.gateway.hold(event, section=0, seat=seat, admission_pass=shown)
        return found.expires_at

    async def let_go(self, hold: Held) -> None:
        hold.let_go = time.monotonic()
        with Allowing("not_held"):  # it is gone, and the answer was lost
            await hold.fan.gateway.release(self.show.address, section=0, seat=hold.seat)

    async def buy(self, hold: Held) -> None:
        """With one key as long as its transaction can land; asked for and paid twice at once."""
        fan, seat = hold.fan, hold.seat
        for number in itertools.count(1):
            key = f"{seat}, try {number}"
            built, again = await asyncio.gather(*(self.order(fan, seat, key) for _ in range(2)))
            assert built == again
            with Allowing("order_expired"):
                await self.pay(fan, built)
                assert await self.order(fan, seat, key) == built
                self.bought[seat] = fan, built
                return

    async def order(self, fan: Fan, seat: int, key: str) -> BuiltOrder:
        return await order(fan, self.show, seat, key)

    async def pay(self, fan: Fan, built: BuiltOrder) -> None:
        if self.dice.random() < PAYS_ALONE:
            signed = sign(from_base64(built.transaction), fan.wallet.keypair)
            await self.town.send_untried(signed)
            await self.town.confirmed(signed)
        else:
            for told in await asyncio.gather(*(submit(fan, built) for _ in range(2))):
                assert told.state in {"sent", "done"}

        async def is_done() -> bool:
            state = (await fan.gateway.order(built.order)).state
            assert state in {"sent", "done"}
            return state == "done"

        await until("the order to be done", is_done)

    # The doors

    async def go_in(self, fan: Fan) -> None:
        """One pass at both gates at once; a new one if nobody took it while it lived."""
        await asyncio.sleep(self.dice.uniform(0, SECONDS))
        await signed_in(fan)
        while True:
            shown = (await fan.new_pass()).encode()
            told = await self.judge(shown)
            if {each.reason for each in told} != {GateReason.EXPIRED}:
                break
        let_in = [each.verdict == "admitted" for each in told]
        assert sum(let_in) == 1, told
        where = self.gates[let_in.index(True)].wallet.key
        while True:
            again = await self.judge(shown)
            assert [each.verdict == "admitted" for each in again] == let_in, f"{told}, then {again}"
            assert [each.repeated for each in again] == let_in, f"{told}, then {again}"
            assert again[let_in.index(False)].where == where
            other = self.doors.pass_of(fan, self.town.keys.challenge).encode()
            assert {each.reason for each in await self.judge(other)} <= OUT
            if time.monotonic() > self.ends:
                return
            await asyncio.sleep(self.dice.uniform(0, 1))

    async def judge(self, shown: bytes) -> list[GateAnswer]:
        event = self.doors.event.address
        asked = (gate.gateway.verify_pass(event, shown) for gate in self.gates)
        return await asyncio.gather(*asked)


class Allowing:
    """Goes on after a refusal by one of these codes."""

    def __init__(self, *codes: str) -> None:
        self._codes = codes

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        return isinstance(error, GatewayRefused) and error.code in self._codes


async def signed_in(fan: Fan) -> None:
    while True:
        with Allowing("bad_nonce"):  # it is taken, and the answer was lost
            return await fan.sign_in()


# What has to come of it


async def turns(evening: Evening) -> list[int]:
    """The places that were let in, each when it was for the first time."""
    redis = connect(evening.house.redis.url)
    changes = [
        str(dict(entry or {})["c"]).split()
        for _, entry in await redis.xrange(room_keys(evening.show.address)[6]) or ()
    ]
    await redis.aclose()
    let_in = (range(int(each[1]), int(each[2]) + 1) for each in changes if each[0] == "in")
    return list(dict.fromkeys(itertools.chain(*let_in)))  # who enters is told again


async def check_line(evening: Evening) -> None:
    """A number for each turn that anybody asked for, none left out, and turns in their order."""
    numbers = list(range(1, len(evening.numbers) + 1))
    assert sorted(evening.numbers) == numbers
    assert await turns(evening) == numbers


def check_holds(evening: Evening) -> None:
    """Nobody was told to have what another one had."""
    for one, other in itertools.combinations(evening.held, 2):
        if one.seat == other.seat and one.fan is not other.fan:
            assert min(one.let_go, other.let_go) <= max(one.told, other.told), (one, other)


async def check_seats(evening: Evening) -> None:
    """What is held and sold, by every gateway: what people were told, and nothing else."""
    mine = {each.seat: each for each in evening.held if each.let_go == math.inf}
    kept = {seat: each for seat, each in mine.items() if seat not in evening.bought}
    for seat, each in kept.items():
        assert await evening.hold(each.fan, seat) == each.ends
    async with httpx2.AsyncClient() as http:
        for url in evening.house.urls:
            path = f"{url}/v1/events/{evening.show.address}/sections/0/seats"

            async def are_shown(path: str = path) -> bool:
                seats = (await http.get(path)).json()
                found = sorted(seats["held"]), sorted(seats["sold"])
                return found == (sorted(kept), sorted(evening.bought))

            await until("the seats as they are", are_shown)


async def check_orders(evening: Evening) -> None:
    """Who paid finds the order, done, at every gateway; the chain has the ticket, paid once."""
    for seat, (fan, built) in evening.bought.items():
        for url in evening.house.urls:
            headers = {"authorization": f"Bearer {fan.token}"}
            answer = await evening.town.http.get(f"{url}/v1/orders/{built.order}", headers=headers)
            found = answer.json()
            assert (found["state"], found["seat"]) == ("done", seat)
    sold = await evening.town.tickets.tickets_of_section(evening.show.section())
    assert {each.data.seat: each.data.holder for each in sold} == {
        seat: fan.wallet.key for seat, (fan, _) in evening.bought.items()
    }
    assert sum(each.data.price_paid for each in sold) == PRICE * len(sold)
    assert await evening.town.money(evening.show) == PRICE * len(sold)


async def check_doors(evening: Evening) -> None:
    """All are in, each counted once."""
    async with GateClient(evening.house.urls[0]) as office:
        await office.sign_in(evening.doors.event.organiser)
        report = await office.report(evening.doors.event.address, session=0)
    assert (report.admitted, report.conflicts) == (HOLDERS, 0)
    assert sum(gate.admitted for gate in report.gates) == HOLDERS


@asynccontextmanager
async def stage(
    home: House, keys: GatewayKeys, dice: random.Random
) -> AsyncIterator[tuple[Town, Show, Doors]]:
    """A sale that is open and doors that are, and people who find the house."""
    async with town_at(home.rpc_url, keys, ANYWHERE) as town:
        described = (await town.http.get(f"{home.urls[0]}/openapi.json")).json()
        town.transport, town.timeout = Roaming(town.transport, home, dice, described), PATIENCE
        doors = await open_doors(town, HOLDERS - 1)
        show = await town.announce()
        await town.open_room(show)
        yield town, show, doors


async def play(evening: Evening, storm: Awaitable[None]) -> None:
    """Everybody does what they came for, in the middle of the storm and after it."""
    town = evening.town
    fans = [town.person() for _ in range(SHOPPERS)]
    await town.fund(*(fan.wallet for fan in fans))
    await town.register(*fans)
    evening.ends = time.monotonic() + SECONDS
    holders = [evening.doors.photographed[0], *evening.doors.stock]
    await asyncio.gather(
        storm,
        *(evening.shop(fan) for fan in fans),
        *(evening.go_in(fan) for fan in holders),
    )
    assert evening.bought


async def evenings(play: Callable[[int, int], Awaitable[None]]) -> None:
    """As many as CONTING_FUZZ says, of other seeds each time; else one, always the same.

    A failure names its seed.
    """
    for number in range(EVENINGS or 1):
        seed = int(SEED) if SEED else secrets.randbits(32) if EVENINGS else 1
        try:
            await play(number, seed)
        except BaseException as error:
            error.add_note(f"CONTING_SEED={seed} CONTING_FUZZ={EVENINGS and 1}")
            raise
