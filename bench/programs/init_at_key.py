"""Makes 1 account without fields at keys of their own, as Anchor's accountEmptyInit1."""

from seahorse.prelude import Account, Empty, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """An account without fields."""


@instruction
def init(payer: Signer, account_1: Empty[Thing]) -> None:
    """The rent is read, the System program makes each account."""
    account_1.init(payer=payer)
