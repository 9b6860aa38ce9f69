"""Moves tokens with SPL Token."""

from seahorse.prelude import Signer, TokenAccount, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def pay(owner: Signer, source: TokenAccount, to: TokenAccount, amount: u64) -> None:
    """By a call of the token program."""
    source.transfer(authority=owner, to=to, amount=amount)
