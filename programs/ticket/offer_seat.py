"""The next in the order of a re-draw is offered the seat, or passed over."""

from fairness.permutation import index_at
from seahorse.prelude import Clock, instruction, unchecked

from .errors import TicketError
from .events import SeatOffered
from .state import Event, Section, Ticket, TicketState
from .waiting_state import Place, Redraw


@instruction
def offer_seat(
    event: Event, section: Section, ticket: Ticket, redraw: Redraw, place: Place, clock: Clock
) -> None:
    """Offers the seat to the place whose turn it is. Anybody may send this.

    Passed over are those who have left, who are offered a seat already, and who gave this one back.
    """
    unchecked("anybody: whose turn it is follows from the re-draw")
    now = clock.unix_timestamp()
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert redraw.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert place.section == section.key(), TicketError.WRONG_SECTION
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert ticket.state == TicketState.COOLING, TicketError.NOT_COOLING
    assert now < event.freeze, TicketError.TOO_LATE
    assert ticket.attempt < redraw.count, TicketError.LIST_EXHAUSTED
    turn = index_at(redraw.draw_key, redraw.count, ticket.attempt)
    assert place.index == turn, TicketError.NOT_THEIR_TURN

    ticket.attempt += 1
    if place.active and place.person != ticket.returned_by:
        until = min(now + event.offer_window, event.freeze)
        SeatOffered(ticket.key(), place.person, until).emit()
        section.waiting_active -= 1
        place.active = False
        ticket.offered_to = place.person
        ticket.offer_until = until
        ticket.state = TicketState.OFFERED
