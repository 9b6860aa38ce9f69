"""Makes an account without fields at an address derived from a name."""

from seahorse.prelude import Account, Empty, Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """An account without fields."""


@instruction
def init(payer: Signer, thing: Empty[Thing]) -> None:
    """The address is derived and compared here, once."""
    thing.init(payer=payer, seeds=["thing"])
