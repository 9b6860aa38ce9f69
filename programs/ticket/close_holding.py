"""The event is over: what counted a person's tickets is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Holding


@instruction
def close_holding(rent_to: UncheckedAccount, event: Event, holding: Holding, clock: Clock) -> None:
    """Gives the rent back to who paid it. Not while a refund of a cancelled event counts it."""
    assert holding.event == event.key(), TicketError.WRONG_EVENT
    assert holding.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert holding.count == 0 or not event.cancelled, TicketError.EVENT_CANCELLED
    assert_over(event, clock)

    holding.close(rent_to)
