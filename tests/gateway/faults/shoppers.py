"""People who join, enter and hold a seat whatever happens, and remember what they were told."""

import asyncio
import random
import time
from dataclasses import dataclass, field

import httpx2
from conting_gateway.orders.hold_store import HoldRules, HoldStore, Seat
from conting_gateway.redis import Redis, RedisError, connect
from conting_gateway.tokens import TokenKeys
from conting_gateway.waitroom.store import visit_keys

from tests.gateway.faults.people import PATIENCE, TRY_AGAIN, Door, Person

LONG = 3600.0  # seconds: no hold ends while a test runs


@dataclass(frozen=True)
class Held:
    """A seat that somebody was told to have; when they asked, and when they were told."""

    person: Person
    seat: int
    asked: float
    told: float


@dataclass
class Shop:
    """The seats of one event, behind as many gateways' clients of Redis as there are gateways."""

    door: Door
    clients: list[Redis]
    seats: int
    told: list[Held] = field(default_factory=list)

    @classmethod
    def at(cls, door: Door, url: str, seats: int) -> "Shop":
        return cls(door, [connect(url) for _ in door.urls], seats)

    async def close(self) -> None:
        for client in self.clients:
            await client.aclose()

    async def visit(self, http: httpx2.AsyncClient, person: Person) -> None:
        """A place, a turn, and a seat if there is one: seats are tried in any order."""
        await self.door.join(http, person)
        place = await self.enter(http, person)
        for seat in random.sample(range(self.seats), self.seats):
            asked = time.monotonic()
            while (outcome := await self.hold(person, place, seat)) == "not_admitted":
                place = await self.enter(http, person)  # the visit was lost
                asked = time.monotonic()
            if outcome == "held":
                self.told.append(Held(person, seat, asked, time.monotonic()))
                return

    async def enter(self, http: httpx2.AsyncClient, person: Person) -> int:
        """Waits for the turn; a place that was lost is taken back. The place of the visit."""
        headers = {"authorization": f"Bearer {person.token}"}
        end, attempt = time.monotonic() + PATIENCE, 0
        while True:
            assert time.monotonic() < end, "no turn in all that time"
            url = self.door.urls[attempt % len(self.door.urls)]
            attempt += 1
            body = {"ticket": person.told[-1][1]["ticket"]}
            try:
                answer = await http.post(f"{url}{self.door.path}/enter", headers=headers, json=body)
            except httpx2.TransportError:
                continue
            if answer.status_code == 200:
                keys = TokenKeys.from_secrets(self.door.secret)
                return int(keys.read("admission", answer.json()["admission_pass"])[4])
            code = answer.json()["error"]
            assert code in {"not_yet_admitted", "store_unavailable", "place_lost"}, answer.text
            if code == "place_lost":
                await self.door.join(http, person, body)
            await asyncio.sleep(TRY_AGAIN)

    async def hold(self, person: Person, place: int, seat: int) -> str:
        """What Redis says of a hold, however often it has to be asked."""
        end = time.monotonic() + PATIENCE
        while True:
            store = HoldStore(random.choice(self.clients), HoldRules(LONG, most=1, cooling=0))
            keys = visit_keys(self.door.event)
            try:
                outcome, _ = await store.hold(
                    Seat(self.door.event, 0, seat), person.wallet, place=place, visit_keys=keys
                )
            except RedisError:
                assert time.monotonic() < end, "no word about a hold in all that time"
                await asyncio.sleep(TRY_AGAIN)
            else:
                return outcome

    async def holders(self) -> dict[int, str]:
        """Who has which seat in the end."""
        found = {seat: await self._holder(seat) for seat in range(self.seats)}
        return {seat: wallet for seat, wallet in found.items() if wallet}

    async def _holder(self, seat: int) -> str:
        """However often Redis has to be asked."""
        store = HoldStore(self.clients[0], HoldRules(LONG, most=1, cooling=0))
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return (await store.holder(Seat(self.door.event, 0, seat)))[0]
            except RedisError:
                assert time.monotonic() < end, "no word about a holder in all that time"
                await asyncio.sleep(TRY_AGAIN)
