"""The event is over: its draw is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .draw_state import INCINERATOR, Draw
from .errors import TicketError
from .state import Event, Section


@instruction
def close_draw(
    organiser: UncheckedAccount,
    incinerator: UncheckedAccount,
    event: Event,
    section: Section,
    draw: Draw,
    clock: Clock,
) -> None:
    """Gives the rent to the organiser, who paid it. The bond is still there if the draw never was:
    it goes along if the event was cancelled or nobody entered, and is burned otherwise.
    """
    assert incinerator.key() == INCINERATOR, TicketError.WRONG_INCINERATOR
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert draw.event == event.key(), TicketError.WRONG_EVENT
    assert draw.section == section.key(), TicketError.WRONG_SECTION
    assert draw.kept == 0, TicketError.NOT_LAST
    assert_over(event, clock)

    if draw.entries >= 1 and not event.cancelled:
        draw.transfer_lamports(incinerator, draw.bond)
    section.kept -= 1
    draw.close(organiser)
