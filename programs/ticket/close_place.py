"""The event is over: a place of a waiting list is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Section
from .waiting_state import Place


@instruction
def close_place(
    rent_to: UncheckedAccount, event: Event, section: Section, place: Place, clock: Clock
) -> None:
    """Gives the rent back to who paid it."""
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert place.section == section.key(), TicketError.WRONG_SECTION
    assert place.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert_over(event, clock)

    section.kept -= 1
    place.close(rent_to)
