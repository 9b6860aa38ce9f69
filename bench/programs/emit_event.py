"""Logs an event, as Anchor's emit! (Quasar: about 100)."""

from seahorse.prelude import Event, Signer, declare_id, instruction, u64

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Paid(Event):
    """Somebody paid."""

    amount: u64

    def __init__(self, amount: u64) -> None:
        self.amount = amount


@instruction
def pay(payer: Signer, amount: u64) -> None:
    """One number in it."""
    Paid(amount).emit()
