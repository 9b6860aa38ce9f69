"""Builtins of the clock and of the transaction that the instruction runs in."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import CLOCK, INSTRUCTIONS, Parameter, Row
from conting_compiler.ir.typesystem import BOOL, BYTES, I64, PUBKEY, U64

METHODS: Final = (
    Row(CLOCK, "unix_timestamp", "clock.unix_timestamp", I64),
    Row(CLOCK, "slot", "clock.slot", U64),
    Row(CLOCK, "epoch", "clock.epoch", U64),
    Row(
        INSTRUCTIONS,
        "ed25519_before",
        "instructions.ed25519_before",
        BOOL,
        (Parameter("key", PUBKEY), Parameter("message", BYTES)),
    ),
)
