"""A seat is held by one person at a time, for who was admitted, and not for long."""

import asyncio

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.chain import Chain
from tests.gateway.orders.shop import hold, hold_body, holds, on_sale
from tests.gateway.support import Gateway, Start
from tests.gateway.waitroom.rooms import visit

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_of_fifty_at_once_one_holds_the_seat(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fans = [Wallet.generate() for _ in range(50)]
    passes = [await visit(gateway, show, fan) for fan in fans]
    answers = await asyncio.gather(
        *(
            gateway.call("POST", holds(show), who=fan, body=hold_body(7, admission))
            for fan, admission in zip(fans, passes, strict=True)
        )
    )
    codes = [answer.status_code for answer in answers]
    assert (codes.count(200), codes.count(409)) == (1, 49)
    assert {answer.json()["error"] for answer in answers if answer.status_code == 409} == {
        "seat_held"
    }
    winner = fans[codes.index(200)]
    again = await hold(gateway, show, winner, 7, passes[codes.index(200)])
    assert again == answers[codes.index(200)].json()


async def test_a_person_holds_two_seats_and_not_three(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = Wallet.generate()
    admission = await visit(gateway, show, fan)
    answers = await asyncio.gather(
        *(
            gateway.call("POST", holds(show), who=fan, body=hold_body(seat, admission))
            for seat in range(6)
        )
    )
    held = [seat for seat, answer in enumerate(answers) if answer.is_success]
    assert len(held) == 2
    codes = {answer.json()["error"] for answer in answers if not answer.is_success}
    assert codes == {"hold_limit"}
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["held"] == held
    await gateway.ok("DELETE", f"{holds(show)}/0/{held[0]}", who=fan)
    await hold(gateway, show, fan, 9, admission)


@pytest.mark.slow
async def test_a_released_seat_is_free_for_others(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan, other = Wallet.generate(), Wallet.generate()
    mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
    await hold(gateway, show, fan, 3, mine)
    path = f"{holds(show)}/0/3"
    assert await gateway.refused("DELETE", path, who=other) == "not_held"
    await gateway.ok("DELETE", path, who=fan)
    await hold(gateway, show, other, 3, theirs)


@pytest.mark.slow
async def test_a_hold_ends_by_itself(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, hold_seconds=0.2) as gateway:
        show = await on_sale(gateway, chain)
        fan, other = Wallet.generate(), Wallet.generate()
        mine, theirs = await visit(gateway, show, fan), await visit(gateway, show, other)
        await hold(gateway, show, fan, 3, mine)
        await asyncio.sleep(0.25)
        await hold(gateway, show, other, 3, theirs)


@pytest.mark.attack
async def test_a_hold_needs_an_own_pass_of_this_event(gateway: Gateway, chain: Chain) -> None:
    show, other_show = await on_sale(gateway, chain), await on_sale(gateway, chain)
    fan, thief = Wallet.generate(), Wallet.generate()
    admission = await visit(gateway, show, fan)
    forged = admission[:-1] + ("A" if admission[-1] != "A" else "B")
    tries = [
        (holds(show), thief, admission),
        (holds(other_show), fan, admission),
        (holds(show), fan, forged),
        (holds(show), fan, "admission.x.y"),
    ]
    for path, who, token in tries:
        assert await gateway.refused("POST", path, who=who, body=hold_body(0, token)) == (
            "not_admitted"
        )


@pytest.mark.slow
async def test_a_pass_ends_with_the_visit(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, shop_seconds=1.5) as gateway:
        show = await on_sale(gateway, chain)
        fan = Wallet.generate()
        admission = await visit(gateway, show, fan)
        await hold(gateway, show, fan, 0, admission)
        await asyncio.sleep(1.6)
        body = hold_body(1, admission)
        assert await gateway.refused("POST", holds(show), who=fan, body=body) == "not_admitted"


@pytest.mark.slow
async def test_seats_that_are_not_there_are_refused(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain, seats=5)
    fan = Wallet.generate()
    admission = await visit(gateway, show, fan)
    body = hold_body(5, admission)
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "no_such_seat"
    body = hold_body(0, admission) | {"section": 1}
    assert await gateway.refused("POST", holds(show), who=fan, body=body) == "unknown_section"
