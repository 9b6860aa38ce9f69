"""An organiser takes a scanner's right away, for good."""

from seahorse.prelude import Signer, instruction

from .errors import TicketError
from .state import Event, Gate


@instruction
def revoke_gate(organiser: Signer, event: Event, gate: Gate) -> None:
    """The gate writes no entries from now on; those that it has written stand."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert gate.event == event.key(), TicketError.WRONG_EVENT

    gate.active = False
