"""Dev copy."""

from seahorse.prelude import Array, Pubkey, bytes_of, sha256, u8, u64


def seed_of(
    domain: bytes,
    program: Pubkey,
    account: Pubkey,
    secret: Array[u8, 32],
    slot_hash: Array[u8, 32],
    root: bytes,
    count: u64,
) -> Array[u8, 32]:
    """x."""
    return sha256(bytes_of(domain, program, account, secret, slot_hash, root, count))
