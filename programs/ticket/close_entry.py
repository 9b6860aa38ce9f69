"""The event is over, and with it the time in which a raffle reads its entries."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Entry, Event


@instruction
def close_entry(rent_to: UncheckedAccount, event: Event, entry: Entry, clock: Clock) -> None:
    """Gives the rent back to who paid it, the gate that let the ticket in first."""
    assert entry.event == event.key(), TicketError.WRONG_EVENT
    assert entry.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert_over(event, clock)

    entry.close(rent_to)
