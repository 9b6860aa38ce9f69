"""Nobody waited for the seat when its slot came: it waits for somebody to register."""

from seahorse.prelude import Clock, instruction, unchecked

from .errors import TicketError
from .state import Event, Section, Ticket, TicketState


@instruction
def wait_longer(event: Event, section: Section, ticket: Ticket, clock: Clock) -> None:
    """Fixes a later slot for the re-draw. Anybody may send this."""
    unchecked("anybody: the list was empty when the ticket's slot came")
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert ticket.state == TicketState.COOLING, TicketError.NOT_COOLING
    assert clock.slot() > ticket.draw_slot, TicketError.TOO_EARLY
    someone = section.waiting >= 1 and section.waiting_since < ticket.draw_slot
    assert not someone, TicketError.SOMEBODY_WAITS

    ticket.draw_slot = clock.slot() + event.registration_window
