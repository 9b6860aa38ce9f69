"""The System program's instructions that programs call (solana system-interface)."""

from typing import Final

from conting_compiler.lower.cpi import Description, Meta, Number

PROGRAM: Final = bytes(32)

TRANSFER: Final = Description(
    PROGRAM,
    (b"\2\0\0\0", Number("amount", 64)),
    (Meta("from", writable=True, signer=True), Meta("to", writable=True)),
)
