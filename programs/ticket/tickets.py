"""Guards that every instruction with a ticket that is held has in common."""

from family.state import Person
from seahorse.prelude import Signer, Token2022Account, Token2022Mint, UncheckedAccount

from .errors import TicketError
from .state import Ticket, TicketState


def assert_issued(ticket: Ticket) -> None:
    """The ticket is held, was not used to enter, and no case about it is open."""
    assert ticket.state != TicketState.USED, TicketError.ALREADY_USED
    assert ticket.state != TicketState.COOLING, TicketError.TICKET_COOLING
    assert ticket.state != TicketState.OFFERED, TicketError.TICKET_OFFERED
    assert ticket.state == TicketState.ISSUED, TicketError.TICKET_VOID


def assert_held_by(ticket: Ticket, holder: Signer, person: Person) -> None:
    """The signer is the ticket's person, and the NFT lies in the person's present wallet."""
    assert ticket.person == person.key(), TicketError.WRONG_PERSON
    assert person.wallet == holder.key(), TicketError.WRONG_WALLET
    assert ticket.holder == holder.key(), TicketError.NOT_YOUR_TICKET


def assert_nft(ticket: Ticket, mint: Token2022Mint, token: Token2022Account) -> None:
    """The ticket's own mint, and the token account that the NFT lies in."""
    assert ticket.mint == mint.key(), TicketError.WRONG_TICKET
    assert ticket.token == token.key(), TicketError.WRONG_TICKET


def assert_nft_of(
    ticket: Ticket, mint: Token2022Mint, token: Token2022Account, paid_by: UncheckedAccount
) -> None:
    """The ticket's own NFT, as in `assert_nft`, and the account of who paid for the ticket."""
    assert_nft(ticket, mint, token)
    assert ticket.paid_by == paid_by.key(), TicketError.WRONG_PAYER
