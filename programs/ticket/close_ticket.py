"""The event is over: a seat's account is closed, and its rent goes back."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_forgotten, assert_over
from .errors import TicketError
from .state import NOBODY, Event, Section, Ticket, TicketState


@instruction
def close_ticket(
    rent_to: UncheckedAccount, event: Event, section: Section, ticket: Ticket, clock: Clock
) -> None:
    """Closes the account of a seat that is nobody's, or, later, of one whose NFT stays a keepsake.

    Not while its price is owed: after a cancellation, or while a case is open. Anybody may call.
    """
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert ticket.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert ticket.state != TicketState.VOIDING, TicketError.CASES_OPEN
    if ticket.person == NOBODY:
        assert_over(event, clock)
    else:
        assert not event.cancelled, TicketError.EVENT_CANCELLED
        assert_forgotten(event, clock)

    section.kept -= 1
    ticket.close(rent_to)
