"""The event is over: a gate is closed."""

from seahorse.prelude import Clock, UncheckedAccount, instruction

from .closing import assert_over
from .errors import TicketError
from .state import Event, Gate


@instruction
def close_gate(organiser: UncheckedAccount, event: Event, gate: Gate, clock: Clock) -> None:
    """Gives the rent back to the organiser, who paid it."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert gate.event == event.key(), TicketError.WRONG_EVENT
    assert_over(event, clock)

    gate.close(organiser)
