"""Makes an account with a bump and a number at a derived address."""

from seahorse.prelude import Account, Empty, Seeds, Signer, declare_id, instruction, u8, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Thing(Account):
    """One in the program."""

    number: u64
    bump: u8

    def seeds(self) -> Seeds:
        """Its address comes from a name."""
        return ["thing"]


@instruction
def init(payer: Signer, thing: Empty[Thing], number: u64) -> None:
    """The bump is kept in the account."""
    thing.init(payer=payer, number=number)
