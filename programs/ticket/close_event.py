"""The last of an event: its own account and its vault."""

from seahorse.prelude import Clock, Signer, instruction

from .closing import assert_forgotten
from .errors import TicketError
from .state import Event, Vault


@instruction
def close_event(organiser: Signer, event: Event, vault: Vault, clock: Clock) -> None:
    """Gives the rent, and what proceeds are left, to the organiser; nobody is owed anything."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert event.sections == 0, TicketError.NOT_LAST
    assert event.open_cases == 0, TicketError.CASES_OPEN
    assert vault.deposits == 0, TicketError.NOT_LAST
    assert vault.refundable == 0 or not event.cancelled, TicketError.EVENT_CANCELLED
    assert_forgotten(event, clock)

    vault.close(organiser)
    event.close(organiser)
