"""The lists and the feed as the client has them: typed, page by page, and as things happen."""

import asyncio
from contextlib import aclosing

import pytest
from conting_client import GatewayClient, GatewayRefused, GatewayUnavailable, self_person_address
from conting_client.money import SOL
from conting_client.tickets import Tickets

from tests.gateway.chain import PRICE, Chain
from tests.gateway.fastlane.servers import serve
from tests.gateway.orders.folk import place
from tests.gateway.orders.shop import signed
from tests.gateway.orders.test_by_client import client_of
from tests.gateway.orders.test_gifts import kin
from tests.gateway.readmodel.asking import PATIENCE, settled, until
from tests.gateway.readmodel.trade import buyer, on_sale, refund
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_what_a_fan_has_is_what_is_on_chain(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    fan = await buyer(gateway, chain, show, 3)
    await settled(gateway, chain, "/v1/raffles")
    slot = await chain.rpc.slot()
    async with client_of(gateway, fan) as client:
        page = await client.lists.my_tickets(min_slot=slot)
        (mine,) = page.tickets
        sold = await Tickets(chain.rpc).ticket(show.ticket(3))
        assert sold is not None
        assert (mine.ticket, mine.seat, mine.price_paid) == (sold.address, 3, PRICE)
        assert (mine.mint, mine.holder, mine.person) == (
            sold.data.mint,
            fan.key,
            self_person_address(fan.key),
        )
        assert page.as_of.slot >= slot
        (event,) = (await client.lists.events(organiser=show.organiser.key)).events
        assert (event.event, event.payment, event.on_sale) == (show.address, SOL, True)
        assert [(each.section, each.sold) for each in event.sections] == [(show.section, 1)]
        assert (await client.lists.my_grants()).grants == []
        assert (await client.lists.my_waiting()).offers == []
        with pytest.raises(GatewayRefused) as refused:
            await client.lists.raffle_entries(show.address)
        assert refused.value.code == "unknown_raffle"


@pytest.mark.slow
async def test_pages_are_followed_to_their_end(gateway: Gateway, chain: Chain) -> None:
    organiser = await chain.fund()
    shows = [await chain.make_show(organiser.key, organiser=organiser, seats=1) for _ in range(3)]
    await settled(gateway, chain, "/v1/raffles")
    async with client_of(gateway, organiser) as client:
        lists = client.lists
        asked = {"organiser": organiser.key, "on_sale": False, "limit": 2}
        pages = [page async for page in lists.pages(lists.events, **asked)]
    assert [len(page.events) for page in pages] == [2, 1]
    assert {each.event for page in pages for each in page.events} == {s.address for s in shows}


@pytest.mark.slow
async def test_the_stream_is_gone_on_with_where_it_was_cut(gateway: Gateway, chain: Chain) -> None:
    show = await on_sale(gateway, chain)
    async with serve(gateway, fast=True) as lane:
        url = f"http://127.0.0.1:{lane.port}"
        async with GatewayClient(url, timeout=PATIENCE) as client:
            start = (await client.lists.feed(limit=500)).next
            wanted = ("sold", "refunded")
            fan = await buyer(gateway, chain, show, 0)
            async with aclosing(
                client.lists.stream(event=show.address, kinds=wanted, after=start)
            ) as stream:
                bought = await anext(stream)
            assert (bought.kind, bought.amount) == ("sold", PRICE)
            assert bought.accounts["ticket"] == show.ticket(0)
            await chain.send(refund(show, fan, 0), fan)
            async with aclosing(
                client.lists.stream(event=show.address, after=bought.place)
            ) as stream:
                back = await anext(stream)
                assert (back.kind, back.accounts["holder"]) == ("refunded", fan.key)
                waiting = asyncio.create_task(anext(stream))
                gateway.services.reading.feed.close()
                with pytest.raises(GatewayUnavailable):
                    await waiting
            with pytest.raises(GatewayRefused) as refused:
                await anext(client.lists.stream(after="what"))
            assert refused.value.code == "invalid_request"
            assert await _told(client, bought.id) == bought


async def _told(client: GatewayClient, name: str) -> object:
    """The happening of this id, as the pages have it."""
    after = "0"
    while (page := await client.lists.feed(after=after, limit=500)).happenings:
        for each in page.happenings:
            if each.id == name:
                return each
        after = page.next
    return None


@pytest.mark.slow
async def test_tickets_that_pass_on_are_listed_for_both(gateway: Gateway, chain: Chain) -> None:
    here = await kin(gateway, chain)
    ann, ben = here.ann.wallet, here.ben.wallet
    built = await place(gateway, "family_transfer", ann, **here.asked)
    submit = f"/v1/orders/{built['order']}/submit"
    for who in (ann, ben):
        await gateway.ok("POST", submit, who=who, body=signed(built, who))
    for who, role in ((ann, "sender"), (ben, "receiver")):
        await until(gateway, "/v1/my/transfers", 1, who=who)
        async with client_of(gateway, who) as client:
            (found,) = (await client.lists.my_transfers()).transfers
        assert (found.role, found.kind) == (role, "transferred")
        assert found.accounts["ticket"] == here.ticket
        assert found.accounts["sender_person"] == here.ann.person
        assert found.accounts["person"] == here.ben.person
    async with client_of(gateway, here.cid.wallet) as client:
        assert (await client.lists.my_transfers()).transfers == []
        assert (await client.lists.my_entry_nfts()).entry_nfts == []
