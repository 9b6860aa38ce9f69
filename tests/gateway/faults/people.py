"""People who want a place whatever happens: they try again, and remember what they were told."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass, field

import httpx2
from conting_gateway.tokens import TokenKeys
from solders.pubkey import Pubkey

from tests.gateway.support import Json

TRY_AGAIN = 0.3  # seconds
PATIENCE = 300.0  # seconds


@dataclass
class Person:
    """One wallet, and every ticket that it was ever given: (when, answer)."""

    wallet: str
    token: str
    told: list[tuple[float, Json]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number that the person was told last."""
        return int(self.told[-1][1]["number"])


@dataclass
class Door:
    """The gateways that serve one event."""

    event: Pubkey
    urls: list[str]
    secret: bytes

    @property
    def path(self) -> str:
        return f"/v1/events/{self.event}/queue"

    def person(self) -> Person:
        keys = TokenKeys.from_secrets(self.secret)
        wallet, expires = str(Pubkey.new_unique()), str(int(time.time()) + 3600)
        return Person(wallet, keys.mint("session", wallet, secrets.token_hex(8), expires))

    async def join(
        self, http: httpx2.AsyncClient, person: Person, body: Json | None = None
    ) -> Json:
        """A place, however often that has to be asked for, and at whichever gateway answers."""
        headers = {"authorization": f"Bearer {person.token}"}
        end, attempt = time.monotonic() + PATIENCE, hash(person.wallet)
        while True:
            url = self.urls[attempt % len(self.urls)]
            attempt += 1
            try:
                answer = await http.post(f"{url}{self.path}/join", headers=headers, json=body)
            except httpx2.TransportError:
                answer = None
            if answer is not None and answer.status_code == 200:
                found: Json = answer.json()
                person.told.append((time.monotonic(), found))
                return found
            if answer is not None:  # nothing but "try again"
                assert answer.status_code == 503, answer.text
                assert int(answer.headers["retry-after"]) > 0
            assert time.monotonic() < end, "no place in all that time"
            if answer is not None or attempt % len(self.urls) == 0:  # else another one may be alive
                await asyncio.sleep(TRY_AGAIN)

    async def state(self, http: httpx2.AsyncClient, person: Person) -> str:
        """What the last ticket's place is said to be, by every gateway alike."""
        ticket = person.told[-1][1]["ticket"]
        states = set()
        for url in self.urls:
            answer = await http.get(f"{url}{self.path}/status", params={"ticket": ticket})
            assert answer.status_code == 200, answer.text
            states.add(str(json.loads(answer.text)["state"]))
        assert len(states) == 1, states
        return states.pop()

    async def settle(self, http: httpx2.AsyncClient, people: list[Person]) -> list[Person]:
        """Everybody looks, and takes back what was lost; those who had to."""
        lost = [person for person in people if await self.state(http, person) == "lost"]
        for person in lost:
            await self.join(http, person, {"ticket": person.told[-1][1]["ticket"]})
        return lost

    async def arrive(
        self, http: httpx2.AsyncClient, people: list[Person], per_second: float
    ) -> None:
        """All join, one after the other."""
        joins = []
        for person in people:
            joins.append(asyncio.create_task(self.join(http, person)))
            await asyncio.sleep(1 / per_second)
        await asyncio.gather(*joins)


def one_place_each(people: list[Person]) -> None:
    """Nobody was ever told two numbers, and no two people have one."""
    for person in people:
        told = {int(answer["number"]) for _, answer in person.told}
        assert len(told) == 1, f"{person.wallet} was told {told}"
    numbers = [person.number for person in people]
    assert len(set(numbers)) == len(numbers)
