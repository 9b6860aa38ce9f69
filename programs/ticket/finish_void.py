"""A case was upheld, or never answered: the ticket ends, with all its money back."""

from seahorse.prelude import (
    Clock,
    Option,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    UncheckedAccount,
    i64,
    instruction,
    unchecked,
)

from .ending import assert_of_ticket, give_all_back
from .errors import TicketError
from .events import CaseClosed
from .state import Case, CaseState, Event, Holding, Section, Ticket, TicketState, Vault
from .tickets import assert_nft_of


def is_lost(event: Event, case: Case, now: i64) -> bool:
    """The arbiter said so, or nobody answered in time; or all tickets end, for there is no show."""
    if event.cancelled or case.state == CaseState.UPHELD:
        return True
    return case.state == CaseState.OPEN and now >= case.appeal_until


@instruction
def finish_void(
    paid_by: UncheckedAccount,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Holding,
    ticket: Ticket,
    case: Case,
    mint: Token2022Mint,
    token: Token2022Account,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
    clock: Clock,
) -> None:
    """Pays the whole price to who paid, whoever sends this, and burns the NFT."""
    unchecked("anybody: the money goes to who paid, and the case is lost")
    assert_of_ticket(event, section, vault, holding, ticket)
    assert case.ticket == ticket.key(), TicketError.WRONG_TICKET
    assert case.person == ticket.person, TicketError.WRONG_PERSON
    assert ticket.state == TicketState.VOIDING, TicketError.CASE_NOT_OPEN
    assert_nft_of(ticket, mint, token, paid_by)
    assert is_lost(event, case, clock.unix_timestamp()), TicketError.TOO_EARLY

    give_all_back(event, section, vault, holding, ticket, mint, token, paid_by, till, purse)
    CaseClosed(ticket.key(), case.person, True).emit()  # noqa: FBT003
    event.open_cases -= 1
    case.state = CaseState.VOIDED
