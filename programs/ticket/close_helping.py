"""The event is over: what counted a helper's principals is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Helping


@instruction
def close_helping(rent_to: UncheckedAccount, event: Event, helping: Helping, clock: Clock) -> None:
    """Gives the rent back to who paid it."""
    assert helping.event == event.key(), TicketError.WRONG_EVENT
    assert helping.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert_over(event, clock)

    helping.close(rent_to)
