"""Compares an account's key with another (rosetta: pubkey)."""

from seahorse.prelude import Pubkey, UncheckedAccount, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def compare(account: UncheckedAccount, key: Pubkey) -> None:
    """Fails unless both are the same."""
    assert account.key() == key, "this is another key"
