"""Takes 1 typed account, as Anchor's accountEmpty1."""

from seahorse.prelude import Account, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """An account without fields."""


@instruction
def read(account_1: Thing) -> None:
    """Owner, discriminator, length and that they differ are checked."""
