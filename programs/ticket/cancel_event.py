"""An organiser cancels the show before its doors open."""

from seahorse.prelude import Clock, Signer, instruction

from .errors import TicketError
from .events import EventCancelled
from .state import Event


@instruction
def cancel_event(organiser: Signer, event: Event, clock: Clock) -> None:
    """Nobody buys or enters any more; every live ticket is worth its whole price, for good.

    Not after the doors have opened: who has entered cannot be refunded here.
    """
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert clock.unix_timestamp() < event.doors, TicketError.TOO_LATE

    EventCancelled(event.key()).emit()
    event.cancelled = True
