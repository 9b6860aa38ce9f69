"""Orders that take a returned seat on, to somebody who waits. All of them are anybody's to send."""

from conting_client.fairness import index_at
from conting_client.generated import ticket as program
from conting_client.generated.ticket import Place, Redraw, Section, Ticket, TicketState
from conting_client.tickets import STATE_AT
from solders.pubkey import Pubkey

from conting_gateway.errors import UnknownSectionError
from conting_gateway.orders.chain import Mark, gone, made
from conting_gateway.orders.errors import NobodyWaitedError, NotCoolingError, NotDrawnError
from conting_gateway.orders.plans import Desk, Plan
from conting_gateway.orders.sales import subject_of
from conting_gateway.orders.schemas import TicketRequest

DRAW_SLOT_AT, ATTEMPT_AT = 280, 288  # of a Ticket


async def redraw(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:
    """Builds the draw of a returned seat over those who waited when its slot came: the order in
    which they are asked. Anybody may order this; the rent comes back when it is over."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    if ticket.state is not TicketState.COOLING:
        raise NotCoolingError
    section = await desk.chain.read(Section, ticket.section)
    if section is None:
        raise UnknownSectionError
    count = await _took_part(desk, ticket, section.waiting)
    if count == 0:
        raise NobodyWaitedError
    order = program.redraw(
        payer=caller,
        event=ticket.event,
        section=ticket.section,
        ticket=asked.ticket,
        last=_place(desk, ticket, count - 1),
        after=_place(desk, ticket, min(count, section.waiting - 1)),
        program_id=desk.here,
    )
    key = program.redraw_address(ticket=asked.ticket, program_id=desk.here)
    subject = await subject_of(desk, ticket, asked.ticket)
    return Plan(steps=[order], subject=subject, mark=made(Redraw, key))


async def offer_seat(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds the offer of a returned seat to whose turn it is. Who has left, was offered another or
    gave this one back is passed over: order it again. Anybody may order this."""
    ticket, drawn = await _drawn(desk, asked.ticket)
    turn = min(ticket.attempt, drawn.count - 1)  # beyond the last one the chain refuses
    place = _place(desk, ticket, index_at(drawn.draw_key, drawn.count, turn))
    order = program.offer_seat(
        event=ticket.event,
        section=ticket.section,
        ticket=asked.ticket,
        place=place,
        program_id=desk.here,
    )
    asked_by_now = (ticket.attempt + 1).to_bytes(4, "little")
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, ATTEMPT_AT, asked_by_now),
    )


async def expire_offer(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds the end of an offer whose time is over: it is the next one's turn. Anybody may order
    this."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    return Plan(
        steps=[program.expire_offer(ticket=asked.ticket, program_id=desk.here)],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, STATE_AT, bytes([TicketState.OFFERED]), present=False),
    )


async def end_redraw(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds the end of a draw in which everybody was asked and nobody took the seat: another one
    follows. Anybody may order this; the rent goes back to who paid it."""
    ticket, drawn = await _drawn(desk, asked.ticket)
    order = program.end_redraw(
        rent_to=drawn.rent_to, event=ticket.event, ticket=asked.ticket, program_id=desk.here
    )
    key = program.redraw_address(ticket=asked.ticket, program_id=desk.here)
    subject = await subject_of(desk, ticket, asked.ticket)
    return Plan(steps=[order], subject=subject, mark=gone(Redraw, key))


async def wait_longer(desk: Desk, caller: Pubkey, asked: TicketRequest) -> Plan:  # noqa: ARG001 anybody
    """Builds a later slot for the draw of a returned seat for which nobody waited. Anybody may
    order this."""
    ticket = await desk.catalog.fresh_ticket(asked.ticket)
    order = program.wait_longer(
        event=ticket.event, section=ticket.section, ticket=asked.ticket, program_id=desk.here
    )
    before = ticket.draw_slot.to_bytes(8, "little")
    return Plan(
        steps=[order],
        subject=await subject_of(desk, ticket, asked.ticket),
        mark=Mark(asked.ticket, DRAW_SLOT_AT, before, present=False),
    )


async def _took_part(desk: Desk, ticket: Ticket, waiting: int) -> int:
    """How many places of the list were taken before the ticket's slot: they are in that order."""
    low, high = 0, waiting
    while low < high:
        middle = (low + high) // 2
        place = await desk.chain.read(Place, _place(desk, ticket, middle))
        if place is not None and place.joined_slot < ticket.draw_slot:
            low = middle + 1
        else:
            high = middle
    return low


async def _drawn(desk: Desk, address: Pubkey) -> tuple[Ticket, Redraw]:
    """A ticket and its re-draw. Raises NotDrawnError."""
    ticket = await desk.catalog.fresh_ticket(address)
    key = program.redraw_address(ticket=address, program_id=desk.here)
    found = await desk.chain.read(Redraw, key)
    if found is None:
        raise NotDrawnError
    return ticket, found


def _place(desk: Desk, ticket: Ticket, index: int) -> Pubkey:
    return program.place_address(section=ticket.section, index=index, program_id=desk.here)
