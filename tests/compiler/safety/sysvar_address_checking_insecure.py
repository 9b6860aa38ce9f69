"""Nothing asks whether the account is the sysvar: the compiler does."""

from seahorse.prelude import (
    Account,
    Array,
    Clock,
    Instructions,
    Pubkey,
    bytes_of,
    declare_id,
    instruction,
    u8,
    u64,
)

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Door(Account):
    key: Pubkey
    opened: u64


@instruction
def enter(door: Door, instructions: Instructions, clock: Clock, nonce: Array[u8, 16]) -> None:
    assert instructions.ed25519_before(door.key, b"open" + bytes_of(nonce)), "no signature"
    assert clock.unix_timestamp() >= 0
    door.opened += 1
