"""An organiser accuses: this ticket was got against the rules, and this is the evidence."""

from seahorse.prelude import Array, Clock, Empty, Signer, Token2022Mint, instruction, u8, u16

from .errors import TicketError
from .events import CaseOpened
from .nft import UNDER_REVIEW, show_status
from .state import Case, CaseState, Event, Ticket, TicketState
from .tickets import assert_issued


@instruction
def open_void(
    organiser: Signer,
    event: Event,
    ticket: Ticket,
    case: Empty[Case],
    mint: Token2022Mint,
    clock: Clock,
    rule: u16,
    evidence: Array[u8, 32],
) -> None:
    """Freezes seat and money until the case is decided.

    Both windows, the holder's and the arbiter's, end before the doors open: who is accused too late
    gets in.
    """
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.mint == mint.key(), TicketError.WRONG_TICKET
    assert not event.cancelled, TicketError.EVENT_CANCELLED
    assert_issued(ticket)
    appeal_until = clock.unix_timestamp() + event.appeal_window
    decide_until = appeal_until + event.appeal_window
    assert decide_until <= event.doors, TicketError.TOO_LATE
    assert case.is_empty(), TicketError.ACCUSED_BEFORE

    CaseOpened(ticket.key(), ticket.person, rule, evidence, appeal_until).emit()
    case.init(
        payer=organiser,
        ticket=ticket.key(),
        person=ticket.person,
        event=event.key(),
        state=CaseState.OPEN,
        rule=rule,
        evidence=evidence,
        appeal_until=appeal_until,
        decide_until=decide_until,
    )
    show_status(event, mint, UNDER_REVIEW)
    organiser.pay_rent(mint)
    event.open_cases += 1
    ticket.state = TicketState.VOIDING
