"""The event is over: the note that a person had a place is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Section
from .waiting_state import Waiting


@instruction
def close_waiting(
    rent_to: UncheckedAccount, event: Event, section: Section, waiting: Waiting, clock: Clock
) -> None:
    """Gives the rent back to who paid it."""
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert waiting.section == section.key(), TicketError.WRONG_SECTION
    assert waiting.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert_over(event, clock)

    section.kept -= 1
    waiting.close(rent_to)
