"""Everybody in a re-draw was asked, and nobody took the seat: it is drawn anew, later."""

from seahorse.prelude import Clock, UncheckedAccount, instruction, u32, unchecked

from .errors import TicketError
from .state import Event, Ticket, TicketState
from .waiting_state import Redraw


@instruction
def end_redraw(
    rent_to: UncheckedAccount, event: Event, ticket: Ticket, redraw: Redraw, clock: Clock
) -> None:
    """Closes the re-draw and fixes a later slot for another. Anybody may send this.

    From the freeze on nobody is asked any more, and the account is closed in any case.
    """
    unchecked("anybody: everybody was asked, or nobody will be")
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert redraw.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert redraw.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert ticket.state == TicketState.COOLING, TicketError.NOT_COOLING
    if not event.cancelled and clock.unix_timestamp() < event.freeze:
        assert ticket.attempt >= redraw.count, TicketError.SOMEBODY_WAITS

    ticket.draw_slot = clock.slot() + event.registration_window
    ticket.attempt = u32(0)
    redraw.close(rent_to)
