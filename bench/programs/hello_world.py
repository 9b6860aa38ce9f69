"""Logs a text (rosetta: helloworld)."""

from seahorse.prelude import declare_id, instruction

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


@instruction
def hello() -> None:
    """The one line."""
    print("Hello world!")
