"""All money of an event moves here: into its vault, and out of it.

An event is paid in lamports, or in one token of SPL Token. Then every instruction that moves money
is called with a purse (a token account of who pays or is paid) and the till (the vault's).
"""

from seahorse.prelude import Option, Rent, Signer, TokenAccount, UncheckedAccount, u64

from .errors import TicketError
from .state import SOL, Event, Vault

VAULT_BYTES = u64(89)  # of a Vault's account


def pay_in(
    payer: Signer,
    event: Event,
    vault: Vault,
    purse: Option[TokenAccount],
    till: Option[TokenAccount],
    amount: u64,
) -> None:
    """The payer's money becomes the vault's."""
    if event.payment == SOL:
        payer.transfer_lamports(vault, amount)
    else:
        assert purse is not None, TicketError.WRONG_PAYMENT
        assert till is not None, TicketError.WRONG_PAYMENT
        assert till.key() == vault.till, TicketError.WRONG_PAYMENT
        purse.transfer(authority=payer, to=till, amount=amount)


def pay_if_tokens(
    event: Event,
    vault: Vault,
    till: Option[TokenAccount],
    to: UncheckedAccount,
    purse: Option[TokenAccount],
    amount: u64,
) -> None:
    """If the event is paid in tokens, the vault's money becomes that of `to`, whom the caller has
    compared with who is owed it; else nothing happens. `pay_if_lamports` with the same follows.
    """
    if event.payment != SOL:
        assert purse is not None, TicketError.WRONG_PAYMENT
        assert till is not None, TicketError.WRONG_PAYMENT
        assert till.key() == vault.till, TicketError.WRONG_PAYMENT
        assert purse.authority() == to.key(), TicketError.WRONG_PAYER
        till.transfer(authority=vault, to=purse, amount=amount)


def pay_if_lamports(event: Event, vault: Vault, to: UncheckedAccount, amount: u64) -> None:
    """The same if the event is paid in lamports; else nothing happens. It comes behind all calls of
    other programs: the runtime refuses a call while lamports that were moved by hand are on one
    side only.
    """
    if event.payment == SOL:
        vault.transfer_lamports(to, amount)


def funds_of(event: Event, vault: Vault, till: Option[TokenAccount], rent: Rent) -> u64:
    """All money of the event, in the smallest units of its payment."""
    if event.payment == SOL:
        return vault.lamports() - rent.minimum_balance(VAULT_BYTES)
    assert till is not None, TicketError.WRONG_PAYMENT
    assert till.key() == vault.till, TicketError.WRONG_PAYMENT
    return till.amount()
