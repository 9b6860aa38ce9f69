"""The waiting list, offers of returned seats, cases, and refunds after a cancellation."""

import base64

import pytest
from conting_client import fairness
from conting_client.generated import ticket as program
from conting_client.tickets import Tickets
from solders.pubkey import Pubkey

from tests.gateway.chain import HOUR, PRICE, Chain, Show
from tests.gateway.orders.folk import Fan, accuse, fan, on_sale, ordered, post, refusal, sell
from tests.gateway.orders.test_lots import money, section_of
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

COOLING, REGISTRATION = 150, 1500
"""Slots: the shortest that the program allows."""
STATEMENT = base64.b64encode(bytes(range(32))).decode()


async def returning(gateway: Gateway, chain: Chain) -> Show:
    return await on_sale(gateway, chain, cooling=COOLING, registration_window=REGISTRATION)


async def offered(chain: Chain, show: Show, ticket: Pubkey, waiting: list[Fan]) -> Fan:
    """Draws and offers, as anybody may; to whom."""
    tickets, seller = Tickets(chain.rpc), await chain.fund()
    found = await tickets.ticket(ticket)
    assert found is not None
    await chain.advance_to_slot(found.data.draw_slot + 2)
    places = [program.place_address(section=show.section, index=at) for at in range(len(waiting))]
    draw = program.redraw(
        payer=seller.key,
        event=show.address,
        section=show.section,
        ticket=ticket,
        last=places[-1],
        after=places[-1],
    )
    await chain.send(draw, seller)
    info = await chain.rpc.account(program.redraw_address(ticket=ticket))
    assert info is not None
    made = program.Redraw.decode(info.data)
    turn = fairness.index_at(made.draw_key, made.count, 0)
    offer = program.offer_seat(
        event=show.address, section=show.section, ticket=ticket, place=places[turn]
    )
    await chain.send(offer, seller)
    return waiting[turn]


@pytest.mark.slow
async def test_a_returned_seat_goes_to_somebody_who_waits(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    seller, one, two = [await fan(chain) for _ in range(3)]
    ticket = await sell(gateway, chain, show, seller, 3)
    for who in (one, two):
        await ordered(gateway, "join_waiting", who, **section_of(show))
    await ordered(gateway, "refund", seller, ticket=ticket)
    asked = {"ticket": ticket, "max_price": PRICE}
    assert await refusal(gateway, "accept_offer", one, **asked) == "not_offered"
    lucky = await offered(chain, show, ticket, [one, two])
    other = one if lucky is two else two
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert (seats["offered"], seats["cooling"], seats["sold"]) == ([3], [], [])
    assert await refusal(gateway, "accept_offer", other, **asked) == "not_yours"
    cheap = asked | {"max_price": PRICE - 1}
    assert await refusal(gateway, "accept_offer", lucky, **cheap) == "price_above_limit"
    done = await ordered(gateway, "accept_offer", lucky, **asked)
    assert (done["seat"], done["price"]) == (3, PRICE)
    sold = await Tickets(chain.rpc).ticket(ticket)
    assert sold is not None
    assert (sold.data.person, sold.data.state) == (lucky.person, program.TicketState.ISSUED)
    assert await refusal(gateway, "accept_offer", lucky, **asked) == "not_offered"


@pytest.mark.slow
async def test_an_offer_ends(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    seller, one = await fan(chain), await fan(chain)
    ticket = await sell(gateway, chain, show, seller, 3)
    await ordered(gateway, "join_waiting", one, **section_of(show))
    await ordered(gateway, "refund", seller, ticket=ticket)
    await offered(chain, show, ticket, [one])
    await chain.advance_to(await chain.rpc.chain_time() + HOUR)  # the usual length of an offer
    asked = {"ticket": ticket, "max_price": PRICE}
    assert await refusal(gateway, "accept_offer", one, **asked) == "too_late"


@pytest.mark.attack
@pytest.mark.slow
async def test_a_person_waits_once_and_leaves_once(gateway: Gateway, chain: Chain) -> None:
    show = await returning(gateway, chain)
    who, thief = await fan(chain), await fan(chain)
    here = section_of(show)
    assert await refusal(gateway, "leave_waiting", who, **here) == "not_waiting"
    joined = await ordered(gateway, "join_waiting", who, **here)
    waiting = program.waiting_address(section=show.section, person=who.person)
    assert joined["account"] == str(waiting)
    assert await refusal(gateway, "join_waiting", who, **here) == "waiting_already"
    theirs = here | {"person": str(who.person)}
    assert await refusal(gateway, "leave_waiting", thief, **theirs) == "not_yours"
    assert await refusal(gateway, "join_waiting", thief, **theirs) == "wrong_wallet"
    await ordered(gateway, "leave_waiting", who, **here)
    assert await chain.rpc.account(waiting) is None
    assert await refusal(gateway, "join_waiting", who, **(here | {"section": 1})) == (
        "unknown_section"
    )


@pytest.mark.slow
async def test_after_a_cancellation_the_whole_price_comes_back(
    gateway: Gateway, chain: Chain
) -> None:
    show = await on_sale(gateway, chain)
    who, other = await fan(chain), await fan(chain)
    ticket = await sell(gateway, chain, show, who, 0)
    assert await refusal(gateway, "refund_cancelled", who, ticket=ticket) == "not_cancelled"
    await chain.send(
        program.cancel_event(organiser=show.organiser.key, event=show.address), show.organiser
    )
    assert await refusal(gateway, "refund", who, ticket=ticket) == "event_cancelled"
    assert await refusal(gateway, "refund_cancelled", other, ticket=ticket) == "not_yours"
    before = await money(chain, who.wallet)
    done = await ordered(gateway, "refund_cancelled", who, ticket=ticket)
    assert done["price"] == PRICE
    assert await money(chain, who.wallet) > before + PRICE
    assert await refusal(gateway, "refund_cancelled", who, ticket=ticket) == "refunded"
    seats = await gateway.ok("GET", f"/v1/events/{show.address}/sections/0/seats")
    assert seats["void"] == [0]


@pytest.mark.slow
async def test_who_is_accused_answers(gateway: Gateway, chain: Chain) -> None:
    office = await post(chain)
    who, thief = await office.attest(), await office.attest()
    show = await on_sale(
        gateway, chain, issuer=office.issuer, appeal_window=24 * HOUR, doors_after=50 * HOUR
    )
    ticket = await sell(gateway, chain, show, who, 0)
    asked = {"ticket": ticket, "statement": STATEMENT}
    assert await refusal(gateway, "appeal", who, **asked) == "unknown_case"
    await accuse(chain, show, ticket, who.person)
    assert await refusal(gateway, "appeal", thief, **asked) == "not_yours"
    short = asked | {"statement": "AAAA"}
    assert await refusal(gateway, "appeal", who, **short) == "invalid_request"
    done = await ordered(gateway, "appeal", who, **asked)
    info = await chain.rpc.account(Pubkey.from_string(done["account"]))
    assert info is not None
    case = program.Case.decode(info.data)
    assert (case.state, case.statement) == (program.CaseState.APPEALED, bytes(range(32)))
    assert await refusal(gateway, "appeal", who, **asked) == "case_not_open"
    assert await refusal(gateway, "refund", who, ticket=ticket) == "ticket_void"
