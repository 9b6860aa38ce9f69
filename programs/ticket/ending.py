"""How a ticket ends with all its money back: the event was cancelled, or the ticket is void."""

from seahorse.prelude import (
    Option,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    UncheckedAccount,
)

from .errors import TicketError
from .money import pay_if_lamports, pay_if_tokens
from .nft import end_nft
from .state import NOBODY, Event, Holding, Section, Ticket, TicketState, Vault


def assert_of_ticket(
    event: Event, section: Section, vault: Vault, holding: Holding, ticket: Ticket
) -> None:
    """All of them belong to this ticket."""
    assert ticket.event == event.key(), TicketError.WRONG_EVENT
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert ticket.section == section.key(), TicketError.WRONG_SECTION
    assert holding.event == event.key(), TicketError.WRONG_EVENT
    assert holding.person == ticket.person, TicketError.WRONG_PERSON


def give_all_back(
    event: Event,
    section: Section,
    vault: Vault,
    holding: Holding,
    ticket: Ticket,
    mint: Token2022Mint,
    token: Token2022Account,
    paid_by: UncheckedAccount,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
) -> None:
    """Pays the whole price to who paid it and burns the NFT. VOID is final."""
    pay_if_tokens(event, vault, till, paid_by, purse, ticket.price_paid)
    end_nft(event, mint, token, paid_by)
    pay_if_lamports(event, vault, paid_by, ticket.price_paid)
    vault.refundable -= ticket.price_paid
    holding.count -= 1
    section.sold -= 1
    ticket.person = NOBODY
    ticket.holder = NOBODY
    ticket.state = TicketState.VOID
