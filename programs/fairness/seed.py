"""The key of a draw: nobody knows it before the draw's slot is over, and nobody chooses it."""

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
    """sha256 over all of it, in this order; the count little-endian.

    `domain` says what is drawn, `account` which one; `secret` was committed to before anybody
    entered, and is zeros where it was not told; `root` chains all `count` that take part.
    """
    return sha256(bytes_of(domain, program, account, secret, slot_hash, root, count))
