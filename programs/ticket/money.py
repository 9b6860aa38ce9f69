"""All money of an event moves here: into its vault, and out of it."""

from seahorse.prelude import Rent, Signer, UncheckedAccount, u64

from .state import Vault

VAULT_BYTES = u64(57)  # of a Vault's account


def pay_in(payer: Signer, vault: Vault, amount: u64) -> None:
    """The payer's money becomes the vault's."""
    payer.transfer_lamports(vault, amount)


def pay_out(vault: Vault, to: UncheckedAccount, amount: u64) -> None:
    """The vault's money becomes that of `to`, whom the caller has compared with who is owed it."""
    vault.transfer_lamports(to, amount)


def proceeds_of(vault: Vault, rent: Rent) -> u64:
    """What the organiser may take: all that is neither rent nor owed to somebody."""
    kept = rent.minimum_balance(VAULT_BYTES) + vault.refundable + vault.deposits
    return vault.lamports() - kept
