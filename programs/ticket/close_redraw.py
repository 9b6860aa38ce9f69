"""The event is over: a re-draw that nobody has ended is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event
from .waiting_state import Redraw


@instruction
def close_redraw(rent_to: UncheckedAccount, event: Event, redraw: Redraw, clock: Clock) -> None:
    """Gives the rent back to who paid it, whether or not the ticket's account is still there."""
    assert redraw.event == event.key(), TicketError.WRONG_EVENT
    assert redraw.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert_over(event, clock)

    redraw.close(rent_to)
