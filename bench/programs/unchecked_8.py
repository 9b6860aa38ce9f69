"""Takes 8 accounts of any kind, as Anchor's uncheckedAccount8."""

from seahorse.prelude import UncheckedAccount, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def read(
    account_1: UncheckedAccount,
    account_2: UncheckedAccount,
    account_3: UncheckedAccount,
    account_4: UncheckedAccount,
    account_5: UncheckedAccount,
    account_6: UncheckedAccount,
    account_7: UncheckedAccount,
    account_8: UncheckedAccount,
) -> None:
    """That they are there is checked; one may stand in two places."""
