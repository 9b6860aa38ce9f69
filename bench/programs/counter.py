"""Adds one to a number in an account whose owner signs."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Counter(Account):
    """Counts for its owner."""

    owner: Pubkey
    count: u64


@instruction
def increment(owner: Signer, counter: Counter) -> None:
    """Checked: owner, signature, overflow."""
    assert counter.owner == owner.key(), "this is another's counter"
    counter.count += 1
