"""Dev copy."""

from seahorse.prelude import Array, bytes_of, sha256, u8, u64


def number_of(h: Array[u8, 32]) -> u64:
    """x."""
    n = u64(0)
    for i in range(8):
        n = (n << 8 if n < 2**56 else n) | u64(h[i])
    return n


def place_of(key: Array[u8, 32], n: u64, index: u64) -> u64:
    """x."""
    x = index
    for r in range(64):
        k = number_of(sha256(bytes_of(key, u8(r)))) % n
        y = (k + n - x) % n
        m = max(x, y)
        if sha256(bytes_of(key, u8(r), m))[0] & 1 == 1:
            x = y
    return x
