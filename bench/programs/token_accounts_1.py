"""Takes 1 token account, as Anchor's interfaceAccountToken1."""

from seahorse.prelude import TokenAccount, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def read(account_1: TokenAccount) -> None:
    """Owner, length and state are checked."""
