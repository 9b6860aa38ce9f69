"""Orders for seats on open sale, and for giving tickets back."""

from conting_client.generated import ticket as program
from conting_client.generated.ticket import Event, Grant, Ticket, TicketState
from conting_client.tickets import HOLDER_AT, PAID_BY_AT
from solders.pubkey import Pubkey

from conting_gateway.errors import NotYoursError, RefundedError
from conting_gateway.orders.chain import Mark
from conting_gateway.orders.errors import UnknownGrantError
from conting_gateway.orders.hold_store import Seat
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.schemas import BuyForRequest, BuyRequest, TicketRequest
from conting_gateway.orders.store import Subject

NOBODY = Pubkey.default()
WHOLE = 10_000  # basis points


async def buy(desk: Desk, caller: Pubkey, asked: BuyRequest) -> Plan:
    """Builds the purchase of a held seat and co-signs it. The buyer pays the fee and the price."""
    seat = Seat(asked.event, asked.section, asked.seat)
    visit, own = await desk.visit(caller, seat, asked.admission_pass, asked.person)
    event = await desk.sells(asked.event)
    price = await desk.price(asked.event, asked.section, asked.max_price)
    person, first = await desk.caller(caller, own, asked.device_key)
    order = program.buy(
        admission=event.admission,
        wallet=caller,
        person=person,
        event=asked.event,
        section=desk.section(asked.event, asked.section),
        seat=asked.seat,
        max_price=asked.max_price,
        **await desk.money(asked.event, event, caller, price),
        program_id=desk.here,
    )
    subject = _subject_of_seat(desk, seat)
    return Plan(
        steps=[*first, order],
        subject=subject,
        mark=Mark(subject.account, PAID_BY_AT, bytes(caller)),
        price=price,
        payment=event.payment,
        authority=event.admission,
        visit=visit,
    )


async def buy_for(desk: Desk, caller: Pubkey, asked: BuyForRequest) -> Plan:
    """Builds the purchase of a held seat for who allowed it, and co-signs it.

    The caller pays and has to hold the seat; the ticket is the other person's from the start.
    """
    seat = Seat(asked.event, asked.section, asked.seat)
    visit, own = await desk.visit(caller, seat, asked.admission_pass, asked.helper)
    event = await desk.sells(asked.event)
    price = await desk.price(asked.event, asked.section, asked.max_price)
    helper, _ = await desk.caller(caller, own)
    principal = await desk.person(asked.person)
    grant = program.grant_address(
        event=asked.event, person=asked.person, helper=helper, program_id=desk.here
    )
    if await desk.chain.read(Grant, grant) is None:
        raise UnknownGrantError
    order = program.buy_for(
        admission=event.admission,
        payer=caller,
        helper=helper,
        wallet=principal.wallet,
        person=asked.person,
        event=asked.event,
        section=desk.section(asked.event, asked.section),
        seat=asked.seat,
        max_price=asked.max_price,
        **await desk.money(asked.event, event, caller, price),
        program_id=desk.here,
    )
    subject = _subject_of_seat(desk, seat)
    return Plan(
        steps=[order],
        subject=subject,
        mark=Mark(subject.account, PAID_BY_AT, bytes(caller)),
        price=price,
        payment=event.payment,
        authority=event.admission,
        visit=visit,
    )


async def refund(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:
    """Builds the refund of a ticket that the caller holds: as much as the event's rules give back
    now, to who paid for it. After a cancellation, ask for `refund_cancelled`."""
    ticket, event = await _returned(desk, caller, asked.ticket)
    if ticket.holder != caller:
        raise NotYoursError
    mint = program.mint_address(ticket=asked.ticket, program_id=desk.here)
    order = program.refund(
        holder=ticket.holder,
        paid_by=ticket.paid_by,
        person=ticket.person,
        event=ticket.event,
        section=ticket.section,
        holding=desk.holding(ticket.event, ticket.person),
        ticket=asked.ticket,
        mint=mint,
        token=ticket.token,
        till=desk.till(ticket.event, event),
        purse=await desk.paid(event, ticket.paid_by),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, HOLDER_AT, bytes(NOBODY)),
        price=given_back(event, ticket.price_paid, await desk.catalog.now()),
        payment=event.payment,
    )


def given_back(event: Event, price: int, now: int) -> int:
    """What of a price comes back by the event's refund ladder, at a time of the chain (seconds)."""
    ladder = zip(event.refund_until, event.refund_share, strict=True)
    share = next((share for until, share in ladder if now < until), 0)
    return price * share // WHOLE


async def refund_cancelled(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:
    """Builds the refund of the whole price after the event was cancelled, to who paid; for the
    ticket's holder or who paid for it."""
    ticket, event = await _returned(desk, caller, asked.ticket)
    if caller not in (ticket.holder, ticket.paid_by):
        raise NotYoursError
    order = program.refund_cancelled(
        paid_by=ticket.paid_by,
        event=ticket.event,
        section=ticket.section,
        holding=desk.holding(ticket.event, ticket.person),
        ticket=asked.ticket,
        token=ticket.token,
        till=desk.till(ticket.event, event),
        purse=await desk.paid(event, ticket.paid_by),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, HOLDER_AT, bytes(NOBODY)),
        price=ticket.price_paid,
        payment=event.payment,
    )


async def subject_of(desk: Desk, ticket: Ticket, address: Pubkey) -> Subject:
    """The seat of a ticket."""
    section = await desk.section_of(ticket)
    return Subject(ticket.event, address, section.index, ticket.seat)


async def _returned(desk: Desk, caller: Pubkey, address: Pubkey) -> tuple[Ticket, Event]:
    ticket = await desk.catalog.fresh_ticket(address)
    if ticket.state in (TicketState.COOLING, TicketState.VOID) and ticket.paid_by == caller:
        raise RefundedError
    return ticket, await desk.catalog.event(ticket.event)


def _subject_of_seat(desk: Desk, seat: Seat) -> Subject:
    address = desk.catalog.ticket_address(seat.event, seat.section, seat.number)
    return Subject(seat.event, address, seat.section, seat.number)
