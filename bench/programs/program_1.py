"""Takes a program of any address, as Anchor's program1."""

from seahorse.prelude import Program, declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def read(program: Program) -> None:
    """That it is executable is checked."""
