"""Takes 8 typed accounts, as Anchor's accountEmpty8."""

from seahorse.prelude import Account, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """An account without fields."""


@instruction
def read(
    account_1: Thing,
    account_2: Thing,
    account_3: Thing,
    account_4: Thing,
    account_5: Thing,
    account_6: Thing,
    account_7: Thing,
    account_8: Thing,
) -> None:
    """Owner, discriminator, length and that they differ are checked."""
