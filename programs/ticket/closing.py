"""When accounts of an event may be closed."""

from seahorse.prelude import Clock

from .errors import TicketError
from .state import LAST_CALL, Event


def assert_over(event: Event, clock: Clock) -> None:
    """Nothing reads the event's accounts any more."""
    assert clock.unix_timestamp() >= event.close_from, TicketError.TOO_EARLY


def assert_forgotten(event: Event, clock: Clock) -> None:
    """Everybody has had the time to take the rent of what is theirs."""
    assert clock.unix_timestamp() >= event.close_from + LAST_CALL, TicketError.TOO_EARLY
