"""Numbers that digests hold."""

from seahorse.prelude import Array, u8, u64

BYTE = 8  # bits


def number_in(digest: Array[u8, 32], start: u8, size: u8) -> u64:
    """The number that is in so many bytes, at most eight, from `start` on, little-endian."""
    number = u64(0)
    for place in range(1, size + 1):
        number = number << BYTE | u64(digest[start + size - u8(place)])
    return number
