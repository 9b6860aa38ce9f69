"""The chain's side fails: RPCs that are down, slow or lying, a deaf websocket, wrong clocks.

Node, Redis, gateways and scanners are processes; what lies is a neighbour on the way to the node.
Promised each time: a refusal that says what it is, the rest goes on, nothing is sold or admitted
twice, and what was promised before is still there when the fault is over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from conting_client import Pass, from_base64, save_keypair, sign, to_base64
from conting_client.gateway_answers import BuiltOrder
from conting_gateway.redis import EmbeddedRedis
from conting_localnet import LocalnetProcess
from solders.hash import Hash

from tests.e2e.asking import buy_body, hold, order, refused
from tests.e2e.clocks import WrongClock
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import GatewayKeys, GatewayProcess, gateway_process
from tests.e2e.people import PRICE, Fan, Show, Town, town_at, until
from tests.e2e.scanners import booth
from tests.gateway.lying import Between, Lie, between
from tests.gateway.support import Json

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

HOLDERS = 6
"""More than the tests use up together."""


@dataclass
class Street:
    """A town whose gateway reaches the node by two ways, one of them by a bad neighbourhood."""

    town: Town
    gateway: GatewayProcess
    doors: Doors
    show: Show
    first: Between
    second: Between

    async def buyer(self, seat: int) -> tuple[Fan, BuiltOrder]:
        """Somebody whose purchase is built and not paid."""
        fan = await self.town.guest(self.show)
        await hold(fan, self.show, seat)
        return fan, await order(fan, self.show, seat, f"the seat {seat}")

    async def check_sold_once(self, seat: int, fan: Fan, before: int) -> None:
        """The seat is the fan's, who has no other, and was paid once."""
        sold = await self.town.tickets.tickets_of_holder(fan.wallet.key)
        assert [each.address for each in sold] == [self.show.ticket(seat)]
        assert await self.town.money(self.show) == before + PRICE

    async def check_nobody_entered(self, fan: Fan) -> None:
        assert await self.town.tickets.entry(fan.ticket, 0) is None


@pytest.fixture(scope="module")
async def block(
    node: LocalnetProcess, redis: EmbeddedRedis, keys: GatewayKeys
) -> AsyncIterator[Street]:
    async with between(node.rpc_url) as first, between(node.rpc_url) as second:
        with ExitStack() as stack:
            process = gateway_process(
                keys,
                first.rpc_url,
                redis.url,
                SECOND_RPC_URL=second.rpc_url,
                WS_URL=first.ws_url,
            )
            gateway = await asyncio.to_thread(stack.enter_context, process)
            async with town_at(node.rpc_url, keys, gateway.url) as town:
                doors, show = await open_doors(town, HOLDERS), await town.announce()
                await town.open_room(show)
                yield Street(town, gateway, doors, show, first, second)


@pytest.fixture
async def street(block: Street) -> AsyncIterator[Street]:
    """The street, with everything mended after each test."""
    yield block
    for way in (block.first, block.second):
        way.lie, way.closed, way.drop = None, False, lambda _frame: False
        way.slow.set()


async def submit(fan: Fan, built: BuiltOrder) -> str:
    """The state of an order after its wallet has signed, or the code of the refusal."""
    signed = sign(from_base64(built.transaction), fan.wallet.keypair)
    path, body = f"/v1/orders/{built.order}/submit", {"transaction": to_base64(signed)}
    answer = await fan.http.post(
        path, json=body, headers={"authorization": f"Bearer {fan.token}"}, timeout=120
    )
    assert answer.status_code < 500 or answer.json()["retry_after"] > 0, answer.text
    return str(answer.json().get("state") or answer.json()["error"])


# Slow, and down


async def test_a_slow_rpc_keeps_nobody_waiting_who_does_not_need_it(street: Street) -> None:
    town, fan = street.town, await street.doors.holder()
    waiting = await town.newcomer()
    place = await waiting.gateway.join(street.show.address)
    street.first.slow.clear()
    shown = street.doors.pass_of(fan, town.keys.challenge)
    asked = asyncio.create_task(street.doors.show(street.doors.gate_a, shown))
    standing = await waiting.gateway.queue_status(street.show.address, place.ticket)
    assert standing.place == place.place
    assert (await town.http.get(f"{town.url}/health")).is_success
    assert not asked.done()
    street.first.slow.set()
    assert (await asked).verdict == "admitted"  # it was shown in time, and came late
    again = await street.doors.show(street.doors.gate_b, shown)
    assert again.verdict == "refused"


async def test_an_rpc_that_does_not_answer_is_told_and_nothing_is_lost(street: Street) -> None:
    """After some seconds gates are told, who then decide by themselves."""
    town, fan = street.town, await street.doors.holder()
    street.first.slow.clear()
    answer = await fan.http.post(
        f"/v1/tickets/{fan.ticket}/challenge",
        headers={"authorization": f"Bearer {fan.token}"},
        timeout=120,
    )
    assert (answer.status_code, answer.json()["error"]) == (503, "chain_unavailable")
    assert answer.json()["retry_after"] > 0
    ready = await town.http.get(f"{town.url}/ready", timeout=120)
    assert (ready.status_code, ready.json()["rpc"], ready.json()["redis"]) == (503, False, True)
    street.first.slow.set()

    async def is_ready() -> bool:
        return (await town.http.get(f"{town.url}/ready", timeout=120)).is_success

    await until("the gateway to be ready", is_ready)
    shown = await fan.new_pass()
    assert (await street.doors.show(street.doors.gate_a, shown)).verdict == "admitted"


@pytest.mark.parametrize("fault", ["the answer is lost", "the node is away for a while"])
async def test_a_payment_during_a_fault_is_made_once(street: Street, fault: str) -> None:
    seat = 0 if fault == "the answer is lost" else 1
    before = await street.town.money(street.show)
    fan, built = await street.buyer(seat)
    if seat == 0:
        street.first.lie = lambda method, answer: None if method == "sendTransaction" else answer
        assert await submit(fan, built) == "done"
    else:
        street.first.closed = True
        street.first.cut()
        paying = asyncio.create_task(submit(fan, built))
        while street.first.refused < 3:  # noqa: ASYNC110 the neighbour only counts
            await asyncio.sleep(0.05)
        street.first.closed = False
        await paying
        if await submit(fan, built) == "order_expired":  # the machine was too slow for it
            assert await street.town.tickets.ticket(street.show.ticket(seat)) is None
            await hold(fan, street.show, seat)
            assert await submit(fan, await order(fan, street.show, seat, "once again")) == "done"
    street.first.lie = None
    await street.check_sold_once(seat, fan, before)
    assert await submit(fan, built) in {"done", "order_expired"}
    await street.check_sold_once(seat, fan, before)


# Lies, and two that disagree


def about_account(way: Between, address: object, account: Json | None) -> Lie:
    """Whenever this account is asked for, another one is shown."""

    def lie(method: str, answer: Json) -> Json:
        if method != "getMultipleAccounts":
            return answer
        names = way.heard[-1]["params"][0]
        shown = [
            account if name == str(address) else each
            for name, each in zip(names, answer["result"]["value"], strict=True)
        ]
        return answer | {"result": answer["result"] | {"value": shown}}

    return lie


def at_slot(slot: int) -> Lie:
    def lie(_method: str, answer: Json) -> Json:
        result = answer.get("result")
        if not isinstance(result, dict) or "context" not in result:
            return answer
        return answer | {"result": result | {"context": {"slot": slot}}}

    return lie


@pytest.mark.parametrize("liar", ["first", "second"])
async def test_a_ticket_that_one_node_shows_as_valid_lets_nobody_in(
    street: Street, liar: str
) -> None:
    """It was given back. A node shows another ticket's account in its place: answers swapped."""
    town, way = street.town, street.first if liar == "first" else street.second
    other = street.doors.photographed[0].ticket
    found = await town.call_node("getAccountInfo", str(other), {"encoding": "base64"})
    assert isinstance(found, dict)
    fan = street.doors.refunded

    def shown() -> Pass:
        return street.doors.pass_of(fan, town.keys.challenge)

    honest = await street.doors.show(street.doors.gate_a, shown())
    way.lie = about_account(way, fan.ticket, found["value"])
    with refused("chain_unavailable", status=503):
        await street.doors.show(street.doors.gate_a, shown())
    way.lie = None
    again = await street.doors.show(street.doors.gate_a, shown())
    assert honest.verdict == again.verdict == "refused"
    assert honest.reason == again.reason
    await street.check_nobody_entered(fan)


async def test_a_node_that_answers_from_the_past_lets_nobody_in(street: Street) -> None:
    fan = street.doors.quiet_holder()
    shown = street.doors.pass_of(fan, street.town.keys.challenge)
    street.first.lie = at_slot(1)
    with refused("chain_unavailable", status=503):
        await street.doors.show(street.doors.gate_a, shown)
    street.first.lie = None
    fresh = street.doors.pass_of(fan, street.town.keys.challenge)
    assert (await street.doors.show(street.doors.gate_a, fresh)).verdict == "admitted"


def old_blockhash(method: str, answer: Json) -> Json:
    if method != "getLatestBlockhash":
        return answer
    value = answer["result"]["value"] | {"blockhash": str(Hash.new_unique())}
    return answer | {"result": answer["result"] | {"value": value}}


async def test_lies_about_a_sale_sell_nothing(street: Street) -> None:
    """Another owner, an old blockhash: refused while it lasts, and afterwards sold once."""
    seat, before = 2, await street.town.money(street.show)
    fan = await street.town.guest(street.show)
    await hold(fan, street.show, seat)
    found = await street.town.call_node(
        "getAccountInfo", str(street.show.address), {"encoding": "base64"}
    )
    assert isinstance(found, dict)
    wrong = found["value"] | {"owner": str(fan.wallet.key)}
    lies: list[Lie] = [about_account(street.first, street.show.address, wrong), old_blockhash]
    for number, lie in enumerate(lies):
        street.first.lie = lie
        answer = await fan.post(
            "/v1/orders/buy", buy_body(fan, street.show, seat), idempotency_key=f"the lie {number}"
        )
        assert (answer.status_code, answer.json()["error"]) == (503, "chain_unavailable")
        street.first.lie = None
    assert await street.town.tickets.ticket(street.show.ticket(seat)) is None
    assert await submit(fan, await order(fan, street.show, seat, "honest this time")) == "done"
    await street.check_sold_once(seat, fan, before)


# The websocket


@pytest.mark.parametrize("gap", ["deaf", "cut"])
async def test_what_the_websocket_did_not_tell_is_found(street: Street, gap: str) -> None:
    """The connection is there and the program's word is missing; or there is none for a while."""
    seat = 10 if gap == "deaf" else 11
    fan = await street.town.newcomer()
    if gap == "deaf":
        street.first.drop = lambda frame: b"slotNotification" not in frame
    else:
        street.first.cut()
    await street.town.sell(street.show, {seat: fan})

    async def is_listed() -> bool:
        mine = await fan.http.get(
            "/v1/my/tickets", headers={"authorization": f"Bearer {fan.token}"}
        )
        found = mine.json().get("tickets", [])
        return [each["ticket"] for each in found] == [str(fan.ticket)]

    await until("the ticket in the list", is_listed)
    said = street.gateway.log.read_text()
    assert ("missed something" if gap == "deaf" else "has no subscription") in said


# Clocks


async def test_a_replica_whose_clock_jumps_admits_and_sells_nothing_twice(
    street: Street, node: LocalnetProcess, redis: EmbeddedRedis, tmp_path: Path
) -> None:
    """Passes go by the gateway's clock, what was spent by Redis's, the sale by the chain's."""
    clock, town, fan = WrongClock.make(tmp_path / "clock"), street.town, street.doors.quiet_holder()
    process = gateway_process(town.keys, node.rpc_url, redis.url, environment=clock.environment)
    with process as wrong:
        async with town_at(node.rpc_url, town.keys, wrong.url) as there:
            gate = there.person(street.doors.gate_b.wallet)
            await gate.sign_in()
            event = street.doors.event.address
            shown = street.doors.pass_of(fan, town.keys.challenge)
            clock.set(60)
            late = await gate.gateway.verify_pass(event, shown.encode())
            assert late.reason == "expired"
            shown = street.doors.pass_of(fan, town.keys.challenge)
            assert (await street.doors.show(street.doors.gate_a, shown)).verdict == "admitted"
            for ahead in (0, -5, -60, -3600, 700):
                clock.set(ahead)
                again = await gate.gateway.verify_pass(event, shown.encode())
                assert again.verdict == "refused", ahead
            await _check_a_hold_stands(street, there, clock)


async def _check_a_hold_stands(street: Street, there: Town, clock: WrongClock) -> None:
    """What one replica has given out, none whose clock is wrong gives to somebody else."""
    clock.set(0)
    seat, fan, other = 20, await street.town.guest(street.show), await there.guest(street.show)
    await hold(fan, street.show, seat)
    for ahead in (-200, 200):
        clock.set(ahead)
        with refused("seat_held"):
            await hold(other, street.show, seat)


async def test_a_scanner_whose_clock_is_wrong_raises_an_alarm(
    street: Street, tmp_path: Path
) -> None:
    clock, town = WrongClock.make(tmp_path / "clock"), street.town
    gate = await town.register_gate(street.doors.event)
    save_keypair(gate.wallet.keypair, tmp_path / "gate.json")
    event = str(street.doors.event.address)
    options = ["--event", event, "--key", str(tmp_path / "gate.json"), "--rpc", town.rpc.url]
    async with booth(*options, "--gateway", town.url, environment=clock.environment) as scanner:
        await scanner.status()
        assert "clock_skew" not in scanner.alarms
        for ahead in (-30, 30):
            scanner.alarms.clear()
            clock.set(ahead)

            async def is_raised() -> bool:
                await scanner.status()
                return "clock_skew" in scanner.alarms

            await until("the alarm", is_raised)
        fan = street.doors.quiet_holder()
        told = await scanner.scan(street.doors.pass_of(fan, town.keys.challenge).encode())
        assert (told["verdict"], told["offline"]) == ("admitted", False)
