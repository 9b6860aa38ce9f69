"""A replica ends in the middle of what it was asked for, killed or told to; another one goes on.

Redis has done what it was asked, and the replica has not heard so, when the end comes.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from conting_client import GatewayUnavailable
from conting_client.gateway_answers import BuiltOrder, GateAnswer
from conting_localnet import LocalnetProcess

from tests.e2e.asking import hold, order, refused
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import GatewayKeys
from tests.e2e.people import Fan, Show, until
from tests.e2e.replicas import ORDER, VERDICT, Replicas, hold_of, replicas
from tests.e2e.test_faults import check_books, finish, submit

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

KEY, OTHER = "one-key-for-all-tries", "another-key"
DRAINED = 10.0  # seconds: half of what a gateway gives those who wait when it ends
ATTEMPTS = 20


@pytest.fixture
async def pair(
    keys: GatewayKeys, slow_node: LocalnetProcess, tmp_path: Path
) -> AsyncIterator[Replicas]:
    async with replicas(keys, slow_node.rpc_url, tmp_path) as pair:
        yield pair


async def until_held(pair: Replicas, show: Show, seat: int, fan: Fan) -> None:
    async def is_held() -> bool:
        return (await pair.held(show, seat))[0] == str(fan.wallet.key)

    await until("Redis to have the hold", is_held)


async def until_ordered(pair: Replicas, count: int) -> None:
    async def are_kept() -> bool:
        return len(await pair.orders()) == count

    await until("Redis to have the order", are_kept)


async def test_a_hold_is_neither_lost_nor_doubled_when_its_replica_is_killed(
    pair: Replicas,
) -> None:
    town = pair.town
    show = await town.announce()
    await town.open_room(show)
    fan, rival = await town.guests(show, 2)
    there = await pair.visitor(fan)
    await hold(there, show, 0)  # Redis has the script
    pair.wire.hold(hold_of(fan))
    asked = asyncio.create_task(hold(there, show, 1))
    await until_held(pair, show, 1, fan)
    pair.process.send_signal(signal.SIGKILL)
    with pytest.raises(GatewayUnavailable):
        await asked
    before = await pair.held(show, 1)
    with refused("seat_held"):
        await hold(rival, show, 1)
    await hold(fan, show, 1)
    assert await pair.held(show, 1) == before
    with refused("hold_limit"):  # two, and both are there
        await hold(fan, show, 2)
    await finish(fan, show, 1)
    sold = await town.tickets.tickets_of_section(show.section())
    assert [(each.data.seat, each.data.holder) for each in sold] == [(1, fan.wallet.key)]


async def test_an_order_is_the_same_at_another_replica_when_its_own_is_killed(
    pair: Replicas,
) -> None:
    """Asked for again with the same key: nothing is built twice, nothing is paid twice."""
    town = pair.town
    show = await town.announce()
    await town.open_room(show)
    fan, friend = await town.guests(show, 2)
    there, friend_there = await pair.visitor(fan), await pair.visitor(friend)
    await hold(there, show, 0)
    await hold(friend_there, show, 1)
    await order(friend_there, show, 1, KEY)  # Redis has the script
    pair.wire.hold(ORDER)
    asked = asyncio.create_task(order(there, show, 0, KEY))
    await until_ordered(pair, 2)
    pair.process.send_signal(signal.SIGKILL)
    with pytest.raises(httpx2.TransportError):
        await asked
    before = await pair.orders()
    again = await order(fan, show, 0, KEY)
    assert await pair.orders() == before
    assert again.transaction in {each["transaction"] for each in before.values()}
    await submit(fan, again)
    await submit(fan, await order(fan, show, 0, KEY))
    await finish(friend, show, 1)
    await check_books(town, show, [fan, friend])


async def test_hold_order_and_verdict_are_answered_when_a_replica_is_told_to_end(
    keys: GatewayKeys, slow_node: LocalnetProcess, tmp_path: Path
) -> None:
    """A machine that stood still while the gateway gave them time shows nothing: once more."""
    for number in range(ATTEMPTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with replicas(keys, slow_node.rpc_url, folder) as pair:
            if await end_in_the_middle(pair):
                return
    pytest.fail("this machine is too slow to tell")


@dataclass(frozen=True)
class Middle:
    """What a replica was asked for and has not answered; the pass that the gate showed it."""

    show: Show
    doors: Doors
    fan: Fan
    buyer: Fan
    holding: asyncio.Task[None]
    ordering: asyncio.Task[BuiltOrder]
    judging: asyncio.Task[GateAnswer]
    shown: bytes

    @property
    def asked(self) -> tuple[asyncio.Task[Any], ...]:
        return self.holding, self.ordering, self.judging


async def end_in_the_middle(pair: Replicas) -> bool:
    """False if it took so long that it shows nothing."""
    found = await ask_and_hear_nothing(pair)
    began = time.monotonic()
    if not any(each.done() for each in found.asked):
        await end(pair)
        assert not any(each.done() for each in found.asked)
    pair.wire.let_go()
    if time.monotonic() - began > DRAINED or found.judging.done():
        await asyncio.gather(*found.asked, return_exceptions=True)
        return False
    await asyncio.gather(*found.asked)
    assert await asyncio.to_thread(pair.process.wait, 300) == 0
    await check_kept(pair, found)
    await check_verdict(found)
    return True


async def ask_and_hear_nothing(pair: Replicas) -> Middle:
    """Asks for a hold, an order and a verdict. A pass that got too old is answered at once."""
    town = pair.town
    doors = await open_doors(town, holders=2)
    show = await town.announce()
    await town.open_room(show)
    fan, buyer = await town.guests(show, 2)
    there, buyer_there = await pair.visitor(fan), await pair.visitor(buyer)
    gate = await pair.visitor(doors.gate_a)
    await hold(there, show, 1)
    for seat in (10, 11):
        await hold(buyer_there, show, seat)
    await order(buyer_there, show, 11, OTHER)
    first, second = (doors.quiet_holder() for _ in range(2))
    await doors.show(gate, doors.pass_of(first, town.keys.challenge))  # Redis has all scripts
    let_in = await admitted(pair, doors)
    pair.wire.hold(hold_of(fan), ORDER, VERDICT)
    shown = doors.pass_of(second, town.keys.challenge)
    found = Middle(
        show,
        doors,
        fan,
        buyer,
        asyncio.create_task(hold(there, show, 0)),
        asyncio.create_task(order(buyer_there, show, 11, KEY)),
        asyncio.create_task(doors.show(gate, shown)),
        shown.encode(),
    )
    await until_held(pair, show, 0, fan)
    await until_ordered(pair, 2)

    async def is_decided() -> bool:
        return await admitted(pair, doors) == let_in + 1 or found.judging.done()

    await until("Redis to have the verdict", is_decided)
    return found


async def admitted(pair: Replicas, doors: Doors) -> int:
    """How many Redis has as let in."""
    return int(await pair.redis.hlen(f"conting:{{{doors.event.address}}}:gate:0:in"))


async def end(pair: Replicas) -> None:
    """SIGTERM, and until it takes no new connections."""
    pair.process.send_signal(signal.SIGTERM)
    where = urlsplit(pair.url)

    async def takes_nobody() -> bool:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            writer.close()
            return False
        return True

    await until("the gateway to take nobody", takes_nobody)


async def check_kept(pair: Replicas, found: Middle) -> None:
    """The other replica knows of the hold and of the order."""
    show, buyer = found.show, found.buyer
    assert (await pair.held(show, 0))[0] == str(found.fan.wallet.key)
    with refused("hold_limit"):
        await hold(buyer, show, 12)
    assert await order(buyer, show, 11, KEY) == found.ordering.result()
    await finish(buyer, show, 11)


async def check_verdict(found: Middle) -> None:
    """Admitted once: the same gate hears the same, another one that the pass is spent."""
    told, doors = found.judging.result(), found.doors
    assert (told.verdict, told.repeated) == ("admitted", False)
    await asyncio.gather(doors.gate_a.sign_in(), doors.gate_b.sign_in())
    event, shown = doors.event.address, found.shown
    again = await doors.gate_a.gateway.verify_pass(event, shown)
    other = await doors.gate_b.gateway.verify_pass(event, shown)
    assert (again.verdict, again.repeated) == ("admitted", True)
    assert (other.verdict, other.reason) == ("refused", "replayed")
