"""A returned seat is taken on to somebody who waits by whoever orders the next step."""

import pytest
from conting_client import order_asks, redraw_asks
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, PRICE, Chain
from tests.gateway.orders.folk import fan, ordered, refusal, sell
from tests.gateway.orders.test_by_client import client_of
from tests.gateway.orders.test_lots import section_of
from tests.gateway.orders.test_waiting import REGISTRATION, returning
from tests.gateway.support import Gateway

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def ticket_of(chain: Chain, address: Pubkey) -> program.Ticket:
    found = await Tickets(chain.rpc).ticket(address)
    assert found is not None
    return found.data


async def its_slot_comes(chain: Chain, ticket: Pubkey) -> None:
    await chain.advance_to_slot((await ticket_of(chain, ticket)).draw_slot + 2)


async def test_the_seat_goes_to_the_next_until_somebody_takes_it(
    gateway: Gateway, chain: Chain
) -> None:
    show = await returning(gateway, chain)
    seller, stranger, *line = [await fan(chain) for _ in range(4)]
    ticket = await sell(gateway, chain, show, seller, 3)
    for who in line:
        await ordered(gateway, "join_waiting", who, **section_of(show))
    assert await refusal(gateway, "redraw", stranger, ticket=ticket) == "not_cooling"
    await ordered(gateway, "refund", seller, ticket=ticket)
    assert await refusal(gateway, "redraw", stranger, ticket=ticket) == "too_early"
    assert await refusal(gateway, "offer_seat", stranger, ticket=ticket) == "not_drawn"
    await its_slot_comes(chain, ticket)
    assert await refusal(gateway, "wait_longer", stranger, ticket=ticket) == "somebody_waits"
    late = await fan(chain)  # too late for this seat
    await ordered(gateway, "join_waiting", late, **section_of(show))
    await ordered(gateway, "redraw", stranger, ticket=ticket)
    assert await refusal(gateway, "redraw", stranger, ticket=ticket) == "drawn_already"
    persons = {who.person: who for who in line}
    asked = list[Pubkey]()
    while len(asked) < len(line):
        await ordered(gateway, "offer_seat", stranger, ticket=ticket)
        asked.append((await ticket_of(chain, ticket)).offered_to)
        assert await refusal(gateway, "offer_seat", stranger, ticket=ticket) == "not_cooling"
        if len(asked) == len(line):
            break
        assert await refusal(gateway, "expire_offer", stranger, ticket=ticket) == "too_early"
        assert await refusal(gateway, "end_redraw", stranger, ticket=ticket) == "not_cooling"
        await chain.advance_to((await ticket_of(chain, ticket)).offer_until)
        await ordered(gateway, "expire_offer", stranger, ticket=ticket)
    assert set(asked) == persons.keys()
    last = persons[asked[-1]]
    await ordered(gateway, "accept_offer", last, ticket=ticket, max_price=PRICE)
    assert (await ticket_of(chain, ticket)).person == last.person


async def test_with_nobody_there_it_waits_and_is_drawn_anew(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    seller, stranger = await fan(chain), await fan(chain)
    ticket = await sell(gateway, chain, show, seller, 3)
    await ordered(gateway, "refund", seller, ticket=ticket)
    assert await refusal(gateway, "wait_longer", stranger, ticket=ticket) == "too_early"
    await its_slot_comes(chain, ticket)
    assert await refusal(gateway, "redraw", stranger, ticket=ticket) == "nobody_waited"
    first = (await ticket_of(chain, ticket)).draw_slot
    await ordered(gateway, "wait_longer", stranger, ticket=ticket)
    assert (await ticket_of(chain, ticket)).draw_slot >= first + REGISTRATION


async def test_the_client_asks_for_every_step(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    seller, one, who = await fan(chain), await fan(chain), await fan(chain)
    me, at = order_asks.Buyer(who.wallet), order_asks.SectionAt(show.address, 0)
    ticket = await sell(gateway, chain, show, seller, 3)
    await ordered(gateway, "refund", seller, ticket=ticket)
    async with client_of(gateway, who.wallet) as client:
        place = client.orders.place
        await its_slot_comes(chain, ticket)
        await place(me, redraw_asks.wait_longer(at, 3))
        await ordered(gateway, "join_waiting", one, **section_of(show))
        await its_slot_comes(chain, ticket)
        await place(me, redraw_asks.redraw(me, at, 3))
        await place(me, redraw_asks.offer_seat(at, 3))
        assert (await ticket_of(chain, ticket)).offered_to == one.person
        await chain.advance_to(await chain.rpc.chain_time() + HOUR)
        await place(me, redraw_asks.expire_offer(at, 3))
        assert (await place(me, redraw_asks.end_redraw(at, 3))).state == "done"
    assert (await ticket_of(chain, ticket)).attempt == 0
