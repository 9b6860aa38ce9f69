"""Orders of who waits for a seat that somebody gives back, or is offered one."""

from conting_client import self_person_address
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Redraw, Section, Waiting
from conting_client.tickets import HOLDER_AT
from solders.pubkey import Pubkey

from conting_gateway.errors import UnknownSectionError
from conting_gateway.orders.chain import Mark, gone, made
from conting_gateway.orders.errors import NotOfferedError, NotWaitingError
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.sales import subject_of
from conting_gateway.orders.schemas import (
    JoinWaitingRequest,
    OfferRequest,
    SectionRequest,
)
from conting_gateway.orders.store import Subject

NOBODY = Pubkey.default()


async def join_waiting(desk: Desk, caller: Pubkey, asked: JoinWaitingRequest) -> Plan:
    """Builds the next place of a section's waiting list for the caller, and co-signs it. Needs no
    turn in the waiting room. Who is overtaken is told `wrong_place`: order again."""
    event = await desk.sells(asked.event)
    key = desk.section(asked.event, asked.section)
    section = await desk.chain.read(Section, key)
    if section is None:
        raise UnknownSectionError
    person, first = await desk.caller(caller, asked.person, asked.device_key)
    order = program.join_waiting(
        admission=event.admission,
        wallet=caller,
        person=person,
        event=asked.event,
        section=key,
        index=section.waiting,
        program_id=desk.here,
    )
    waiting = program.waiting_address(section=key, person=person, program_id=desk.here)
    return Plan(
        steps=[*first, order],
        subject=Subject(asked.event, waiting, asked.section),
        mark=made(Waiting, waiting),
        authority=event.admission,
    )


async def leave_waiting(desk: Desk, caller: Pubkey, asked: SectionRequest) -> Plan:
    """Builds the leaving of a section's waiting list. An offer that was made stands."""
    key = desk.section(asked.event, asked.section)
    person = asked.person or self_person_address(caller)
    waiting = program.waiting_address(section=key, person=person, program_id=desk.here)
    found = await desk.chain.read(Waiting, waiting)
    if found is None:
        raise NotWaitingError
    await desk.own(caller, person)
    order = program.leave_waiting(
        wallet=caller,
        rent_to=found.rent_to,
        person=person,
        section=key,
        place=program.place_address(section=key, index=found.index, program_id=desk.here),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=Subject(asked.event, waiting, asked.section),
        mark=gone(Waiting, waiting),
    )


async def accept_offer(desk: Desk, caller: Pubkey, asked: OfferRequest) -> Plan:
    """Builds the purchase of a seat that the re-draw offers to the caller, at the section's
    price."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    redraw = program.redraw_address(ticket=asked.ticket, program_id=desk.here)
    found = await desk.chain.read(Redraw, redraw)
    if found is None or ticket.offered_to == NOBODY:
        raise NotOfferedError
    await desk.own(caller, ticket.offered_to)
    subject = await subject_of(desk, ticket, asked.ticket)
    assert subject.section is not None
    event = await desk.catalog.event(ticket.event)
    price = await desk.price(ticket.event, subject.section, asked.max_price)
    order = program.accept_offer(
        wallet=caller,
        rent_to=found.rent_to,
        person=ticket.offered_to,
        event=ticket.event,
        section=ticket.section,
        ticket=asked.ticket,
        max_price=asked.max_price,
        **await desk.money(ticket.event, event, caller, price),
        program_id=desk.here,
    )
    return Plan(
        steps=[order],
        subject=subject,
        mark=Mark(asked.ticket, HOLDER_AT, bytes(caller)),
        price=price,
        payment=event.payment,
    )
