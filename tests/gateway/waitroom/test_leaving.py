"""Who is inside and goes: the place is free at once, for the next of the line."""

import pytest
from conting_client import Rpc, Wallet
from conting_gateway.redis import Redis
from conting_localnet import LocalnetProcess

from tests.gateway.chain import Chain
from tests.gateway.orders.shop import hold, hold_body, holds
from tests.gateway.support import Gateway, Start
from tests.gateway.waitroom.rooms import (
    enter,
    join,
    open_room,
    open_sale,
    queue,
    status,
    visit,
    wait_for,
)

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_who_leaves_makes_room_and_lets_held_seats_go(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    first, second = Wallet.generate(), Wallet.generate()
    early, late = await join(gateway, show, first), await join(gateway, show, second)
    token = await enter(gateway, show, first, early["ticket"])
    await hold(gateway, show, first, 3, token)
    leave, body = queue(show.address) + "/leave", {"ticket": early["ticket"]}
    await gateway.ok("POST", leave, who=first, body=body)
    await wait_for(gateway, show, late["ticket"], "admitted")  # long before the visit would end
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["held"] == []
    await gateway.ok("POST", leave, who=first, body=body)  # as when the answer was lost
    assert (await status(gateway, show, late["ticket"]))["state"] == "admitted"
    wanted = hold_body(3, token)
    assert await gateway.refused("POST", holds(show), who=first, body=wanted) == "not_admitted"
    path = queue(show.address) + "/enter"
    assert await gateway.refused("POST", path, who=first, body=body) == "turn_lapsed"
    assert (await join(gateway, show, first))["number"] == 3
    await gateway.ok("POST", leave, who=first, body=body)
    assert (await join(gateway, show, first))["number"] == 3  # the new place is not left


async def test_who_has_left_and_is_in_again_keeps_the_new_seats_though_it_is_said_twice(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    fan = Wallet.generate()
    body = {"ticket": (await join(gateway, show, fan))["ticket"]}
    await enter(gateway, show, fan, body["ticket"])
    leave = queue(show.address) + "/leave"
    await gateway.ok("POST", leave, who=fan, body=body)
    await hold(gateway, show, fan, 3, await visit(gateway, show, fan))
    await gateway.ok("POST", leave, who=fan, body=body)  # of the first visit, and late
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["held"] == [3]


async def test_a_turn_that_is_not_taken_is_left_without_a_second_one(
    gateway: Gateway, chain: Chain
) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    await open_sale(gateway, chain, show)
    first, second = Wallet.generate(), Wallet.generate()
    early = await join(gateway, show, first)
    await wait_for(gateway, show, early["ticket"], "admitted")
    body = {"ticket": early["ticket"]}
    await gateway.ok("POST", queue(show.address) + "/leave", who=first, body=body)
    path = queue(show.address) + "/enter"
    assert await gateway.refused("POST", path, who=first, body=body) == "turn_lapsed"
    await visit(gateway, show, second)


@pytest.mark.attack
async def test_nobody_leaves_for_another_or_before_the_turn(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey())
    await open_room(gateway, chain, show, capacity=1)
    early = Wallet.generate()
    before = (await join(gateway, show, early))["ticket"]
    leave = queue(show.address) + "/leave"
    refused = await gateway.refused("POST", leave, who=early, body={"ticket": before})
    assert refused == "not_yet_admitted"
    await open_sale(gateway, chain, show)
    waits = Wallet.generate()
    late = (await join(gateway, show, waits))["ticket"]
    await wait_for(gateway, show, before, "admitted")
    refused = await gateway.refused("POST", leave, who=waits, body={"ticket": late})
    assert refused == "not_yet_admitted"
    assert await gateway.refused("POST", leave, who=waits, body={"ticket": before}) == "bad_ticket"
    assert (await status(gateway, show, before))["state"] == "admitted"
    assert (await join(gateway, show, waits))["number"] == 2


async def test_who_waits_for_a_second_turn_has_it_still_to_come(
    redis: Redis, node: LocalnetProcess, chain: Chain, start: Start
) -> None:
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, claim_seconds=1.0) as gateway:
        show = await chain.make_show(gateway.keys.admission.pubkey())
        await open_room(gateway, chain, show, capacity=1)
        await open_sale(gateway, chain, show)
        first, second = Wallet.generate(), Wallet.generate()
        body = {"ticket": (await join(gateway, show, first))["ticket"]}
        await wait_for(gateway, show, body["ticket"], "lapsed")
        await visit(gateway, show, second)
        for door in ("/enter", "/leave"):
            path = queue(show.address) + door
            refused = await gateway.refused("POST", path, who=first, body=body)
            assert refused == "not_yet_admitted"
