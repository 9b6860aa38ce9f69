"""Takes 4 token accounts, as Anchor's interfaceAccountToken4."""

from seahorse.prelude import TokenAccount, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def read(
    account_1: TokenAccount,
    account_2: TokenAccount,
    account_3: TokenAccount,
    account_4: TokenAccount,
) -> None:
    """Owner, length and state are checked."""
