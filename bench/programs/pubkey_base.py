"""pubkey_compare without its comparison."""

from seahorse.prelude import Pubkey, UncheckedAccount, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def compare(account: UncheckedAccount, key: Pubkey) -> None:
    """Takes what the comparison would need."""
