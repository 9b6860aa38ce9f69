"""The event is over: what counted a person's tickets is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Holding, Vault


@instruction
def close_holding(
    rent_to: UncheckedAccount, event: Event, vault: Vault, holding: Holding, clock: Clock
) -> None:
    """Gives the rent back to who paid it.

    Not while money that is owed may need it: a refund of a cancelled event, a deposit that is taken
    back and a case that ends a ticket count it down first.
    """
    assert holding.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert holding.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    if holding.count >= 1:
        assert not event.cancelled, TicketError.EVENT_CANCELLED
        assert vault.deposits == 0, TicketError.NOT_LAST
        assert event.open_cases == 0, TicketError.CASES_OPEN
    assert_over(event, clock)

    holding.close(rent_to)
