"""A group of which nobody is left is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction, unchecked

from .closing import assert_over
from .draw_state import Draw, Group
from .errors import TicketError
from .state import Event


@instruction
def close_group(
    rent_to: UncheckedAccount, event: Event, draw: Draw, group: Group, clock: Clock
) -> None:
    """Gives the rent back to who paid it. A group that took part stays until the event is over, so
    that everybody can draw again.
    """
    unchecked("anybody: nobody has a deposit in the group, and its draw was or will be without it")
    assert draw.event == event.key(), TicketError.WRONG_EVENT
    assert group.draw == draw.key(), TicketError.WRONG_DRAW
    assert group.rent_to == rent_to.key(), TicketError.WRONG_PAYER
    assert group.joined == 0, TicketError.NOT_LAST
    if group.complete:
        assert_over(event, clock)

    draw.kept -= 1
    group.close(rent_to)
