"""What the read model lists is what is on chain, however it came to know of it."""

import pytest
from conting_client import Rpc, self_person_address
from conting_localnet import LocalnetProcess

from tests.gateway.chain import PRICE, Chain
from tests.gateway.readmodel.asking import ask, settled
from tests.gateway.readmodel.trade import buyer, on_sale, refund
from tests.gateway.support import Gateway, Start

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_purchase_and_its_refund_are_listed(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await buyer(gateway, chain, show, 3)
    mine = await settled(gateway, chain, "/v1/my/tickets", who=fan)
    (found,) = mine["tickets"]
    person = str(self_person_address(fan.key))
    assert found["ticket"] == str(show.ticket(3))
    assert (found["seat"], found["state"], found["price_paid"]) == (3, "issued", PRICE)
    assert (found["holder"], found["person"]) == (str(fan.key), person)
    assert mine["as_of"]["stale"] is False

    await chain.send(refund(show, fan, 3), fan)
    (found,) = (await settled(gateway, chain, "/v1/my/tickets", who=fan))["tickets"]
    assert (found["state"], found["holder"], found["person"]) == ("cooling", None, None)


async def test_what_is_on_sale_is_listed_with_its_sections(gateway: Gateway, chain: Chain) -> None:
    show = await chain.make_show(gateway.keys.admission.pubkey(), seats=1)
    path = f"/v1/events?organiser={show.organiser.key}"
    assert (await settled(gateway, chain, path))["events"] == []
    (event,) = (await settled(gateway, chain, f"{path}&on_sale=false"))["events"]
    assert (event["event"], event["on_sale"]) == (str(show.address), False)

    await chain.advance_to(show.opens)
    (event,) = (await settled(gateway, chain, path))["events"]
    (section,) = event["sections"]
    assert (section["name"], section["seats"], section["sold"]) == ("A", 1, 0)
    assert (section["price"], section["on_sale"], section["mode"]) == (PRICE, True, "first_come")

    await buyer(gateway, chain, show, 0)
    assert (await settled(gateway, chain, path))["events"] == []


@pytest.mark.slow
async def test_pages_follow_each_other_without_gaps(gateway: Gateway, chain: Chain) -> None:
    organiser = await chain.fund()
    shows = [await chain.make_show(organiser.key, organiser=organiser, seats=1) for _ in range(3)]
    path = f"/v1/events?organiser={organiser.key}&on_sale=false&limit=1"
    page = await settled(gateway, chain, path)
    found = [page["events"][0]["event"]]
    while page["next"] is not None:
        page = await ask(gateway, f"{path}&after={page['next']}")
        found.append(page["events"][0]["event"])
    assert sorted(found) == sorted(str(show.address) for show in shows)


@pytest.mark.slow
async def test_a_gateway_that_starts_late_knows_the_same(
    gateway: Gateway, chain: Chain, node: LocalnetProcess, redis: object, start: Start
) -> None:
    show = await on_sale(gateway, chain)
    fan = await buyer(gateway, chain, show, 0)
    first = await settled(gateway, chain, "/v1/my/tickets", who=fan)
    async with Rpc(node.rpc_url) as rpc, start(redis, rpc, keys=gateway.keys) as late:
        again = await settled(late, chain, "/v1/my/tickets", who=fan)
    assert [each | {"slot": 0} for each in again["tickets"]] == [
        each | {"slot": 0} for each in first["tickets"]
    ]


@pytest.mark.slow
async def test_a_slot_that_is_not_there_yet_is_not_claimed(gateway: Gateway) -> None:
    assert await gateway.refused("GET", "/v1/raffles?min_slot=9000000000") == "not_fresh"


async def test_there_is_no_answer_before_the_chain_was_read(desk: Gateway) -> None:
    assert await desk.refused("GET", "/v1/raffles") == "read_model_loading"
