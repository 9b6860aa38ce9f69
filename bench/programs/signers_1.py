"""Takes 1 signer, as Anchor's signer1."""

from seahorse.prelude import Signer, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def sign(signer_1: Signer) -> None:
    """That they signed is checked; one may stand in two places."""
