"""All money of an event moves here: into its vault, and out of it."""

from seahorse.prelude import Signer, UncheckedAccount, u64

from .state import Vault


def pay_in(payer: Signer, vault: Vault, amount: u64) -> None:
    """The payer's money becomes the vault's."""
    payer.transfer_lamports(vault, amount)


def pay_out(vault: Vault, to: UncheckedAccount, amount: u64) -> None:
    """The vault's money becomes that of `to`, whom the caller has compared with who is owed it."""
    vault.transfer_lamports(to, amount)
