"""Redis, the gateway and the node are killed while people buy.

A refusal then says so and when to try again; what was promised is still there afterwards; no seat
is sold twice and no ticket is paid twice.
"""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from conting_client import GatewayRefused, GatewayUnavailable, from_base64, sign, to_base64
from conting_client.gateway_answers import BuiltOrder, OrderView, Place
from conting_localnet import GenesisProgram, LocalnetProcess
from pydantic import TypeAdapter

from tests.cluster import Server, StartRedis
from tests.e2e.asking import hold, order, refused
from tests.e2e.doors import Doors, open_doors
from tests.e2e.house import SLOT_MS, GatewayKeys, gateway_process
from tests.e2e.people import PRICE, Fan, Show, Town, town_at, until
from tests.e2e.replicas import at

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

FSYNC_SECONDS = 1.5  # appendfsync everysec: what is older than a second is on disk
FOLLOW_SECONDS = 1.2  # in which every gateway looks at all rooms twice
KEY = "one-key-for-all-tries"
HELD = 20  # a seat that somebody holds and has not ordered


@pytest.fixture
def own_redis(tmp_path: Path, start_redis: StartRedis) -> Iterator[Server]:
    with start_redis(tmp_path / "redis") as redis:
        yield redis


@pytest.fixture
def own_node(programs: list[GenesisProgram]) -> Iterator[LocalnetProcess]:
    with LocalnetProcess(slot_ms=SLOT_MS, programs=programs) as node:
        yield node


@dataclass
class Rush:
    """The middle of a sale, and a gate of another show that evening."""

    show: Show
    payers: list[Fan]
    """Payer i holds seat i and has its purchase co-signed."""
    orders: list[BuiltOrder]
    holder: Fan
    """Holds a seat."""
    guest: Fan
    """Has been let in."""
    waiting: Fan
    place: Place
    late: Fan
    """Has not joined yet."""
    doors: Doors


async def rush(town: Town, payers: int) -> Rush:
    doors = await open_doors(town, holders=2)
    show = await town.announce()
    await town.open_room(show)
    guest, holder, *paying = await town.guests(show, payers + 2)
    waiting, late = await town.newcomers(2)
    place = await waiting.gateway.join(show.address)
    await hold(holder, show, HELD)
    await asyncio.gather(*(hold(fan, show, seat) for seat, fan in enumerate(paying)))
    orders = [await order(fan, show, seat, KEY) for seat, fan in enumerate(paying)]
    return Rush(show, paying, orders, holder, guest, waiting, place, late, doors)


# What a client does


async def submit(fan: Fan, built: BuiltOrder) -> OrderView:
    """Signs and submits. Raises GatewayRefused, and GatewayUnavailable without an answer."""
    signed = sign(from_base64(built.transaction), fan.wallet.keypair)
    path = f"/v1/orders/{built.order}/submit"
    try:
        answer = await fan.post(path, {"transaction": to_base64(signed)})
    except httpx2.HTTPError as error:
        raise GatewayUnavailable(repr(error)) from error
    if answer.is_success:
        return TypeAdapter(OrderView).validate_json(answer.content)
    said = answer.json()
    raise GatewayRefused(answer.status_code, said["error"], said["detail"], said.get("retry_after"))


async def finish(fan: Fan, show: Show, seat: int) -> None:
    """Takes an order to its end: the same one while its transaction can land, else a new one."""
    built = await order(fan, show, seat, KEY)
    try:
        found = await submit(fan, built)
    except GatewayRefused as refusal:
        if refusal.code != "order_expired":
            raise
        found = await submit(fan, await order(fan, show, seat, f"{KEY}, again"))
    assert found.state == "done"


async def pay_past_the_gateway(town: Town, fan: Fan, built: BuiltOrder) -> None:
    await town.rpc.send(sign(from_base64(built.transaction), fan.wallet.keypair))


# What has to come of it


@contextmanager
def unavailable(code: str) -> Iterator[None]:
    """503 with the stable code, and when to ask again."""
    with pytest.raises(GatewayRefused) as caught:
        yield
    refusal = caught.value
    assert (refusal.status, refusal.code) == (503, code)
    assert refusal.retry_after is not None
    assert refusal.retry_after > 0


async def all_unavailable(code: str, *asked: Awaitable[object]) -> None:
    for answer in await asyncio.gather(*asked, return_exceptions=True):
        with unavailable(code):
            if isinstance(answer, BaseException):
                raise answer


async def check_readiness(town: Town, *, redis: bool, rpc: bool) -> None:
    answer = await town.http.get(f"{town.url}/ready")
    assert answer.status_code == 503
    said = answer.json()
    assert (said["ready"], said["redis"], said["rpc"]) == (False, redis, rpc)
    assert (await town.http.get(f"{town.url}/health")).status_code == 200


async def until_ready(town: Town) -> None:
    async def is_ready() -> bool:
        return (await town.http.get(f"{town.url}/ready")).is_success

    await until("the gateway to be ready", is_ready)


async def until_one_is_sold(town: Town, show: Show) -> None:
    """Waits for the first ticket in a block, which hardly an answer can have told of yet."""
    seats = [show.ticket(seat) for seat in range(HELD)]

    async def is_sold() -> bool:
        return any(await town.rpc.accounts(seats, commitment="processed"))

    await until("a ticket", is_sold)


async def check_books(town: Town, show: Show, fans: list[Fan]) -> None:
    """Seat i of section 0 is the ticket of fan i, nobody has another, and each was paid once."""
    sold = await town.tickets.tickets_of_section(show.section())
    holders = {each.data.seat: each.data.holder for each in sold}
    assert holders == {seat: fan.wallet.key for seat, fan in enumerate(fans)}
    for fan in fans:
        assert len(await town.tickets.tickets_of_holder(fan.wallet.key)) == 1
    assert sum(each.data.price_paid for each in sold) == PRICE * len(fans)
    assert await town.money(show) == PRICE * len(fans)


# Redis


async def test_redis_is_killed_while_people_pay_and_comes_back(
    slow_node: LocalnetProcess, keys: GatewayKeys, own_redis: Server
) -> None:
    with gateway_process(keys, slow_node.rpc_url, own_redis.url) as gateway:
        async with town_at(slow_node.rpc_url, keys, gateway.url) as town:
            sale = await rush(town, payers=4)
            await asyncio.sleep(FSYNC_SECONDS)
            await pay_until_the_end_of(own_redis, town, sale)
            await check_outage_of_redis(town, sale)
            own_redis.start()
            await until_ready(town)
            await check_that_nothing_is_lost(town, sale)


async def pay_until_the_end_of(redis: Server, town: Town, sale: Rush) -> None:
    paying = [
        asyncio.create_task(submit(fan, built))
        for fan, built in zip(sale.payers, sale.orders, strict=True)
    ]
    await until_one_is_sold(town, sale.show)
    redis.kill()
    for outcome in await asyncio.gather(*paying, return_exceptions=True):
        if isinstance(outcome, OrderView):
            assert outcome.state == "done"
        else:
            await all_unavailable("store_unavailable", _raise(outcome))


async def _raise(error: BaseException) -> None:
    raise error


async def check_outage_of_redis(town: Town, sale: Rush) -> None:
    event = sale.show.address
    shown = sale.doors.pass_of(sale.doors.quiet_holder(), town.keys.challenge)
    await all_unavailable(
        "store_unavailable",
        sale.late.gateway.join(event),
        sale.waiting.gateway.join(event),
        sale.waiting.gateway.enter(event, sale.place.ticket),
        hold(sale.guest, sale.show, HELD + 1),
        sale.holder.gateway.release(event, section=0, seat=HELD),
        sale.payers[0].gateway.order(sale.orders[0].order),
        submit(sale.payers[0], sale.orders[0]),
        sale.doors.show(sale.doors.gate_a, shown),
        town.person().sign_in(),
    )

    async def status_is_stale() -> bool:
        standing = await sale.late.gateway.queue_status(event, sale.place.ticket)
        assert standing.place == sale.place.place
        return standing.stale

    await until("word that the status is old", status_is_stale)
    assert (await sale.late.gateway.event(event)).name == "First Light"
    await check_readiness(town, redis=False, rpc=True)


async def check_that_nothing_is_lost(town: Town, sale: Rush) -> None:
    again = await sale.waiting.gateway.join(sale.show.address)
    assert (again.number, again.ticket) == (sale.place.number, sale.place.ticket)
    assert (await sale.late.gateway.join(sale.show.address)).number == sale.place.number + 1
    with refused("seat_held"):
        await hold(sale.guest, sale.show, HELD)
    await asyncio.gather(*(finish(fan, sale.show, n) for n, fan in enumerate(sale.payers)))
    with refused("seat_taken"):
        await hold(sale.guest, sale.show, 0)
    last = len(sale.payers)
    await hold(sale.guest, sale.show, last)
    await finish(sale.guest, sale.show, last)
    await check_books(town, sale.show, [*sale.payers, sale.guest])
    shown = await (await sale.doors.holder()).new_pass()
    assert (await sale.doors.show(sale.doors.gate_a, shown)).verdict == "admitted"


# The gateway


async def test_the_gateway_is_killed_while_people_pay_and_another_one_goes_on(
    slow_node: LocalnetProcess, own_redis: Server, keys: GatewayKeys
) -> None:
    """Payer 0 has not paid yet, payer 1 pays past the dead gateway, the others get no answer."""
    with gateway_process(keys, slow_node.rpc_url, own_redis.url) as first:
        async with town_at(slow_node.rpc_url, keys, first.url) as town:
            sale = await rush(town, payers=5)
            paying = [
                asyncio.create_task(submit(fan, built))
                for fan, built in zip(sale.payers[2:], sale.orders[2:], strict=True)
            ]
            await until_one_is_sold(town, sale.show)
            first.kill()
            for outcome in await asyncio.gather(*paying, return_exceptions=True):
                assert isinstance(outcome, GatewayUnavailable | OrderView)
            with pytest.raises(GatewayUnavailable):
                await sale.payers[1].gateway.order(sale.orders[1].order)
            await pay_past_the_gateway(town, sale.payers[1], sale.orders[1])

    with gateway_process(keys, slow_node.rpc_url, own_redis.url) as second:
        async with town_at(slow_node.rpc_url, keys, second.url) as town:
            fans = [await at(town, fan) for fan in sale.payers]
            found = [await order(fan, sale.show, seat, KEY) for seat, fan in enumerate(fans)]
            assert found == sale.orders
            assert (await fans[1].gateway.order(sale.orders[1].order)).state == "done"
            await asyncio.gather(*(finish(fan, sale.show, n) for n, fan in enumerate(fans)))
            await check_books(town, sale.show, fans)
            for fan in fans:
                with refused("pass_spent"):
                    await hold(fan, sale.show, HELD + 1)


# The node


async def test_the_node_is_killed(
    own_node: LocalnetProcess, own_redis: Server, keys: GatewayKeys
) -> None:
    with gateway_process(keys, own_node.rpc_url, own_redis.url) as gateway:
        async with town_at(own_node.rpc_url, keys, gateway.url) as town:
            sale = await rush(town, payers=1)
            first, second = await sale.doors.holder(), await sale.doors.holder()
            shown = await first.new_pass()

            own_node.kill()
            await all_unavailable(
                "chain_unavailable",
                hold(sale.guest, sale.show, HELD + 1),
                sale.payers[0].gateway.order(sale.orders[0].order),
                second.gateway.challenge(second.ticket),
                sale.doors.show(sale.doors.gate_a, shown),
                sale.guest.gateway.tickets(sale.guest.wallet.key),
            )
            assert await order(sale.payers[0], sale.show, 0, KEY) == sale.orders[0]
            joined = await sale.late.gateway.join(sale.show.address)
            assert joined.number == sale.place.number + 1
            standing = await sale.late.gateway.queue_status(sale.show.address, sale.place.ticket)
            assert standing.place == sale.place.place
            await town.person().sign_in()
            await check_readiness(town, redis=True, rpc=False)


async def test_a_gateway_whose_node_lags_closes_no_room(
    town: Town, own_node: LocalnetProcess, redis: Server, keys: GatewayKeys
) -> None:
    """Another replica's node has not seen the event yet. `own_node` never will."""
    with gateway_process(keys, own_node.rpc_url, redis.url):
        show = await town.announce()
        await town.open_queue(show)
        await asyncio.sleep(FOLLOW_SECONDS)
        await town.advance_to(show.opens)
        fan = await town.newcomer()
        await town.let_in(show, fan)


async def test_a_payment_without_an_answer_is_not_called_undone(
    slow_node: LocalnetProcess, keys: GatewayKeys, own_redis: Server
) -> None:
    with gateway_process(keys, slow_node.rpc_url, own_redis.url) as gateway:
        async with town_at(slow_node.rpc_url, keys, gateway.url) as town:
            show = await town.announce()
            await town.open_room(show)
            fan = await town.guest(show)
            await hold(fan, show, 0)
            paying = asyncio.create_task(submit(fan, await order(fan, show, 0, KEY)))
            await until_one_is_sold(town, show)
            own_redis.kill()
            try:
                await paying
            except GatewayRefused as refusal:
                detail = refusal.detail
            else:
                pytest.skip("the answer was faster than the crash")
            assert await town.tickets.ticket(show.ticket(0)) is not None
            assert "nothing was done" not in detail
