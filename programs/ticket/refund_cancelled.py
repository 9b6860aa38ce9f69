"""The event was cancelled: anybody sends a holder the money back."""

from seahorse.prelude import (
    Option,
    Token2022Account,
    Token2022Mint,
    TokenAccount,
    UncheckedAccount,
    instruction,
    unchecked,
)

from .ending import assert_of_ticket, give_all_back
from .errors import TicketError
from .state import Event, Holding, Section, Ticket, Vault
from .tickets import assert_issued, assert_nft_of


@instruction
def refund_cancelled(
    paid_by: UncheckedAccount,
    event: Event,
    section: Section,
    vault: Vault,
    holding: Holding,
    ticket: Ticket,
    mint: Token2022Mint,
    token: Token2022Account,
    till: Option[TokenAccount],
    purse: Option[TokenAccount],
) -> None:
    """Pays the whole price to who paid, whoever sends this.

    A ticket about which a case is open ends with `finish_void`, to the same effect.
    """
    unchecked("anybody: the money goes to who paid, and the event is cancelled")
    assert_of_ticket(event, section, vault, holding, ticket)
    assert event.cancelled, TicketError.NOT_CANCELLED
    assert_issued(ticket)
    assert_nft_of(ticket, mint, token, paid_by)

    give_all_back(event, section, vault, holding, ticket, mint, token, paid_by, till, purse)
