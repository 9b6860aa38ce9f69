"""The arbiter was silent: the ticket is as good as before."""

from seahorse.prelude import Clock, Token2022Mint, instruction, unchecked

from .errors import TicketError
from .events import CaseClosed
from .nft import VALID, show_status
from .state import Case, CaseState, Event, Ticket, TicketState


def dismiss(event: Event, ticket: Ticket, case: Case, mint: Token2022Mint) -> None:
    """The accusation failed."""
    show_status(event, mint, VALID)
    CaseClosed(ticket.key(), case.person, False).emit()  # noqa: FBT003
    event.open_cases -= 1
    case.state = CaseState.DISMISSED
    ticket.state = TicketState.ISSUED


@instruction
def restore_ticket(
    event: Event, ticket: Ticket, case: Case, mint: Token2022Mint, clock: Clock
) -> None:
    """Dismisses an appealed case that the arbiter has not decided in time. Anybody may call."""
    unchecked("gives back what was frozen, when the time that the accounts name is over")
    assert case.event == event.key(), TicketError.WRONG_EVENT
    assert case.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert ticket.mint == mint.key(), TicketError.WRONG_TICKET
    assert case.state == CaseState.APPEALED, TicketError.CASE_NOT_OPEN
    assert clock.unix_timestamp() >= case.decide_until, TicketError.TOO_EARLY

    dismiss(event, ticket, case, mint)
