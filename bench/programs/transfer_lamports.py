"""Moves lamports out of an account of its own (rosetta: transfer-lamports)."""

from seahorse.prelude import Account, UncheckedAccount, declare_id, instruction, u64, unchecked

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Purse(Account):
    """An account without fields."""


@instruction
def transfer(source: Purse, destination: UncheckedAccount, amount: u64) -> None:
    """As much as asked for, to whom asked for."""
    unchecked("rosetta's program asks nobody")
    source.transfer_lamports(destination, amount)
