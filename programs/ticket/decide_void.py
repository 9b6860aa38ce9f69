"""The arbiter decides an appeal."""

from seahorse.prelude import Clock, Signer, Token2022Mint, instruction

from .errors import TicketError
from .restore_ticket import dismiss
from .state import Case, CaseState, Event, Ticket


@instruction
def decide_void(
    arbiter: Signer,
    event: Event,
    ticket: Ticket,
    case: Case,
    mint: Token2022Mint,
    clock: Clock,
    upheld: bool,
) -> None:
    """Upheld, the ticket can be ended by `finish_void`; else it is as good as before."""
    assert event.arbiter == arbiter.key(), TicketError.NOT_ARBITER
    assert case.event == event.key(), TicketError.WRONG_EVENT
    assert case.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert ticket.mint == mint.key(), TicketError.WRONG_TICKET
    assert case.state == CaseState.APPEALED, TicketError.CASE_NOT_OPEN
    assert clock.unix_timestamp() < case.decide_until, TicketError.TOO_LATE

    if upheld:
        case.state = CaseState.UPHELD
    else:
        dismiss(event, ticket, case, mint)
