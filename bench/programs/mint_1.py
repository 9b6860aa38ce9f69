"""Takes a mint, as Anchor's interfaceAccountMint1."""

from seahorse.prelude import TokenMint, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def read(mint: TokenMint) -> None:
    """Owner, length and state are checked."""
