"""Builtins of the clock and of the transaction that the instruction runs in."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import (
    CLOCK,
    INSTRUCTIONS,
    RENT,
    SLOT_HASHES,
    Parameter,
    Row,
)
from conting_compiler.ir.typesystem import BOOL, BYTES, I64, PUBKEY, U8, U64, ArrayT

HASH: Final = ArrayT(U8, 32)

METHODS: Final = (
    Row(CLOCK, "unix_timestamp", "clock.unix_timestamp", I64),
    Row(CLOCK, "slot", "clock.slot", U64),
    Row(CLOCK, "epoch", "clock.epoch", U64),
    Row(CLOCK, "epoch_start_timestamp", "clock.epoch_start_timestamp", I64),
    Row(CLOCK, "leader_schedule_epoch", "clock.leader_schedule_epoch", U64),
    Row(RENT, "minimum_balance", "rent.minimum_balance", U64, (Parameter("size", U64),)),
    Row(SLOT_HASHES, "newest_slot", "slot_hashes.newest_slot", U64),
    Row(SLOT_HASHES, "oldest_slot", "slot_hashes.oldest_slot", U64),
    Row(SLOT_HASHES, "first_from", "slot_hashes.first_from", U64, (Parameter("slot", U64),)),
    Row(SLOT_HASHES, "has", "slot_hashes.has", BOOL, (Parameter("slot", U64),)),
    Row(SLOT_HASHES, "hash_of", "slot_hashes.hash_of", HASH, (Parameter("slot", U64),)),
    Row(
        INSTRUCTIONS,
        "secp256r1_before",
        "instructions.secp256r1_before",
        BOOL,
        (Parameter("key", ArrayT(U8, 33)), Parameter("message", BYTES)),
    ),
    Row(
        INSTRUCTIONS,
        "ed25519_padded_before",
        "instructions.ed25519_padded_before",
        BOOL,
        (Parameter("key", ArrayT(U8, 33)), Parameter("message", BYTES)),
    ),
    Row(
        INSTRUCTIONS,
        "ed25519_before",
        "instructions.ed25519_before",
        BOOL,
        (Parameter("key", PUBKEY), Parameter("message", BYTES)),
    ),
)
