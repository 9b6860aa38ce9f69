"""Who was offered a seat has let the time pass: it is the next one's turn."""

from seahorse.prelude import Clock, instruction, unchecked

from .errors import TicketError
from .state import NOBODY, Ticket, TicketState


@instruction
def expire_offer(ticket: Ticket, clock: Clock) -> None:
    """Takes the offer back when its time is over. Anybody may send this."""
    unchecked("anybody: the time of the offer is over")
    assert ticket.state == TicketState.OFFERED, TicketError.NOT_OFFERED
    assert clock.unix_timestamp() >= ticket.offer_until, TicketError.TOO_EARLY

    ticket.offered_to = NOBODY
    ticket.state = TicketState.COOLING
