"""The event is over: a section without tickets is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Section


@instruction
def close_section(
    organiser: UncheckedAccount, event: Event, section: Section, clock: Clock
) -> None:
    """Gives the rent back to the organiser, who paid it."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert section.event == event.key(), TicketError.WRONG_EVENT
    assert section.kept == 0, TicketError.NOT_LAST
    assert_over(event, clock)

    event.sections -= 1
    section.close(organiser)
