"""Closes an account: its lamports to its owner."""

from seahorse.prelude import Account, Pubkey, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Box(Account):
    """Belongs to somebody."""

    owner: Pubkey


@instruction
def close(owner: Signer, box: Box) -> None:
    """Zeroes the data and gives the account back to the System program."""
    assert box.owner == owner.key(), "this is another's box"
    box.close(owner)
