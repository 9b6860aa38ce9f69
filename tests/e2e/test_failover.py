"""A cluster's masters change places in the middle of a sale, and at its doors: two gateways.

Nothing is lost, reordered, sold twice or admitted twice, and whoever asks again is answered. What a
master that dies may take with it: tests/gateway/faults/test_cluster.py.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from conting_client import GatewayRefused
from conting_client.gateway_answers import GateAnswer
from conting_gateway.redis import connect
from conting_gateway.waitroom.lua import GATHERING
from conting_gateway.waitroom.store import room_keys
from conting_localnet import LocalnetProcess
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from tests.cluster import PAIRS, Cluster
from tests.e2e.asking import hold, order
from tests.e2e.doors import SALE_SECONDS, pass_of
from tests.e2e.house import GatewayKeys, gateway_process
from tests.e2e.people import Fan, Show, Town, town_at
from tests.e2e.replicas import at
from tests.e2e.test_faults import KEY, check_books, finish
from tests.gateway.faults.test_cluster import turns_of
from tests.gateway.support import Patient

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

T = TypeVar("T")

SEATS = 6
PEOPLE = SEATS + 2  # they contend
REST = GATHERING / 1000  # seconds between takeovers: no number is given just after one
TRIES = 30  # of a client that is told to come back
PATIENCE = 600.0  # seconds for one answer: the machine may stand still for minutes


@dataclass
class Place:
    """Two gateways before one cluster, and the same people at each of them."""

    cluster: Cluster
    town: Town
    towns: tuple[Town, Town]

    async def through_failovers(self, show: Show, asked: Iterable[Awaitable[T]]) -> list[T]:
        """All the answers; meanwhile all masters have given way, the show's first of all."""
        first = self.pair_of(show)
        told = asyncio.gather(*asked)
        for changes in itertools.count(1):
            await asyncio.to_thread(self.cluster.fail_over, (first + changes - 1) % PAIRS)
            if told.done() and changes >= PAIRS:
                break
            await asyncio.sleep(REST)
        return await told

    def pair_of(self, show: Show) -> int:
        """The number of the nodes that keep what a show has."""
        return self.cluster.number_of(room_keys(show.address)[0])


@asynccontextmanager
async def place_at(node: LocalnetProcess, keys: GatewayKeys, folder: Path) -> AsyncIterator[Place]:
    with (
        Cluster(folder / "cluster") as cluster,
        gateway_process(keys, node.rpc_url, cluster.url) as one,
        gateway_process(keys, node.rpc_url, cluster.url) as two,
    ):
        async with town_at(node.rpc_url, keys, one.url) as town:
            patient = replace(town, transport=Patient(town.transport, TRIES), timeout=PATIENCE)
            yield Place(cluster, patient, (patient, replace(patient, url=two.url)))


async def test_masters_change_in_the_middle_of_a_sale_and_at_the_doors(
    node: LocalnetProcess, keys: GatewayKeys, tmp_path: Path
) -> None:
    async with place_at(node, keys, tmp_path) as place:
        town = place.town
        show = await town.announce(closes_in=SALE_SECONDS)
        gates = await asyncio.gather(town.register_gate(show), town.register_gate(show))
        await town.open_room(show)
        people = await town.newcomers(PEOPLE)
        fans = [await at(place.towns[n % 2], fan) for n, fan in enumerate(people)]
        await check_line(place, show, fans)
        holders = await check_holds(place, show, fans)
        buyers = [holders[seat] for seat in range(SEATS)]
        await check_orders(place, show, buyers)
        await check_doors(place, show, gates, buyers)


async def check_line(place: Place, show: Show, fans: list[Fan]) -> None:
    """Everybody joins and has a turn: a number each, none left out, turns in their order."""
    await place.through_failovers(show, (place.town.let_in(show, fan) for fan in fans))
    again = [await fan.gateway.join(show.address) for fan in fans]
    assert sorted(each.number for each in again) == list(range(1, PEOPLE + 1))
    redis = connect(place.cluster.url)
    assert await turns_of(redis, show.address) == list(range(1, PEOPLE + 1))
    await redis.aclose()


async def check_holds(place: Place, show: Show, fans: list[Fan]) -> dict[int, Fan]:
    """Two people more than seats: each seat has one holder, each holder one seat."""

    async def take(number: int, fan: Fan) -> int | None:
        for seat in ((number + step) % SEATS for step in range(SEATS)):
            try:
                await hold(fan, show, seat)
            except GatewayRefused as refusal:
                if refusal.code != "seat_held":
                    raise
            else:
                return seat
        return None

    tries = (take(number, fan) for number, fan in enumerate(fans))
    taken = await place.through_failovers(show, tries)
    holders = {seat: fan for seat, fan in zip(taken, fans, strict=True) if seat is not None}
    assert sorted(seat for seat in taken if seat is not None) == list(range(SEATS))
    return holders


async def check_orders(place: Place, show: Show, buyers: list[Fan]) -> None:
    """Each order is built once for its key, whichever gateway is asked, and each is paid once."""
    asked = [order(fan, show, seat, KEY) for seat, fan in enumerate(buyers)]
    built = await place.through_failovers(show, asked)
    others = [await at(place.towns[seat % 2 ^ 1], fan) for seat, fan in enumerate(buyers)]
    assert [await order(fan, show, seat, KEY) for seat, fan in enumerate(others)] == built
    paid = (finish(fan, show, seat) for seat, fan in enumerate(buyers))
    await place.through_failovers(show, paid)
    await check_books(place.town, show, buyers)


async def check_doors(place: Place, show: Show, gates: Sequence[Fan], buyers: list[Fan]) -> None:
    """Each ticket is shown at both gates, through both gateways, at the same moment."""
    await place.town.advance_to(show.doors)
    for town in place.towns:
        await town.gateway_sees(show, show.doors)
    both = [await at(town, gate) for town, gate in zip(place.towns, gates, strict=True)]
    night = Night(show, both, place.town.keys.challenge)
    first, *rest = (show.ticket(seat) for seat in range(SEATS))
    check_once(await night.race(buyers[0], first))
    races = [
        asyncio.create_task(night.race(fan, ticket))
        for fan, ticket in zip(buyers[1:], rest, strict=True)
    ]
    await asyncio.to_thread(place.cluster.fail_over, place.pair_of(show))  # verdicts wait
    for told in await asyncio.gather(*races):
        check_once(told)
    again = await night.race(buyers[0], first)
    assert {each.reason for each in again} <= {"already_in", "replayed"}
    redis = connect(place.cluster.url)
    assert await redis.hlen(f"conting:{{{show.address}}}:gate:0:in") == SEATS
    await redis.aclose()


def check_once(told: list[GateAnswer]) -> None:
    let_in, refused = sorted(told, key=lambda each: each.verdict)
    assert (let_in.verdict, let_in.repeated) == ("admitted", False)
    assert refused.reason in {"replayed", "already_in", "expired"}


@dataclass(frozen=True)
class Night:
    """The doors of a show; a gate at each gateway."""

    show: Show
    gates: list[Fan]
    challenge: Keypair

    async def race(self, fan: Fan, ticket: Pubkey) -> list[GateAnswer]:
        """What both gates are told of one pass; of a new one if nobody took it while it lived."""
        fan.ticket = ticket
        while True:
            shown = pass_of(self.show.address, fan, self.challenge).encode()
            told = await asyncio.gather(
                *(gate.gateway.verify_pass(self.show.address, shown) for gate in self.gates)
            )
            if {each.reason for each in told} != {"expired"}:
                return told
