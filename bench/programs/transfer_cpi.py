"""Moves a signer's lamports with the System program (eisodos: transfer)."""

from seahorse.prelude import Signer, UncheckedAccount, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def transfer(sender: Signer, to: UncheckedAccount, amount: u64) -> None:
    """By a call of the System program."""
    sender.transfer_lamports(to, amount)
