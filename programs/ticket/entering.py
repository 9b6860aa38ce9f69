"""When groups may be made, joined and left."""

from seahorse.prelude import Clock

from .draw_state import Draw, DrawState
from .errors import TicketError
from .state import Event


def assert_entering(event: Event, draw: Draw, clock: Clock) -> None:
    """The sale is not over and the draw's slot has not come: its hash is known to nobody.

    Who has a group to join has it since the sale is open: `make_group` looks.
    """
    assert draw.event == event.key(), TicketError.WRONG_EVENT
    assert draw.state == DrawState.OPEN, TicketError.DRAWN_ALREADY
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert clock.unix_timestamp() < event.sale_closes, TicketError.SALE_CLOSED
    assert clock.slot() < draw.target_slot, TicketError.TOO_LATE
