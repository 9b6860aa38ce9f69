"""An organiser whose event is paid in tokens makes the account that they are kept in."""

from seahorse.prelude import Empty, Signer, TokenAccount, TokenMint, instruction

from .errors import TicketError
from .state import Event, Vault


@instruction
def open_till(
    organiser: Signer, event: Event, vault: Vault, mint: TokenMint, till: Empty[TokenAccount]
) -> None:
    """Makes the vault's token account; nobody can buy before."""
    assert event.organiser == organiser.key(), TicketError.NOT_ORGANISER
    assert vault.event == event.key(), TicketError.WRONG_EVENT
    assert event.payment == mint.key(), TicketError.WRONG_PAYMENT

    opened = till.init(payer=organiser, seeds=["till", vault.key()], mint=mint, authority=vault)
    vault.till = opened.key()
