"""Makes 8 accounts without fields at keys of their own, as Anchor's accountEmptyInit8."""

from seahorse.prelude import Account, Empty, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """An account without fields."""


@instruction
def init(
    payer: Signer,
    account_1: Empty[Thing],
    account_2: Empty[Thing],
    account_3: Empty[Thing],
    account_4: Empty[Thing],
    account_5: Empty[Thing],
    account_6: Empty[Thing],
    account_7: Empty[Thing],
    account_8: Empty[Thing],
) -> None:
    """The rent is read, the System program makes each account."""
    account_1.init(payer=payer)
    account_2.init(payer=payer)
    account_3.init(payer=payer)
    account_4.init(payer=payer)
    account_5.init(payer=payer)
    account_6.init(payer=payer)
    account_7.init(payer=payer)
    account_8.init(payer=payer)
