"""How many groups of each size win, so that every person has the same chance.

Of `seats` seats, `seats - (largest size entered - 1)` are shared out: that keeps every rounding
within the seats. Let that number be s, d the number of persons, and c(k) how many groups of size k
or larger entered. With u drawn below d, each number equally likely,

    winners of size k = (s * c(k) + u) // d - (s * c(k + 1) + u) // d

which is s / d of the groups on average, exactly, for every size. If d <= seats, all win.

    word of attempt a = the first 8 bytes, little-endian, of
        sha256("conting:shares:v1" | key | a u8)
    u = word mod d, for the first a whose word is below 2**64 - 2**64 mod d

The key of the permutation among groups of size k is sha256("conting:size:v1" | key | k u8).
"""

from seahorse.prelude import Array, bytes_of, sha256, u8, u32, u64

from .words import number_in

SIZES = 4  # groups have one to four members
SHARES = b"conting:shares:v1"
SIZE = b"conting:size:v1"
LAST_WORD = u64(2**64 - 1)
WORD_BYTES = u8(8)


def word_of(key: Array[u8, 32], attempt: u8) -> u64:
    """A number that follows from the key."""
    return number_in(sha256(bytes_of(SHARES, key, attempt)), u8(0), WORD_BYTES)


def below(key: Array[u8, 32], n: u64) -> u64:
    """A number below n, each equally likely: words that would favour some are left out."""
    fair = LAST_WORD - (LAST_WORD % n + 1) % n
    attempt = u8(0)
    word = word_of(key, attempt)
    while word > fair:
        attempt += 1
        word = word_of(key, attempt)
    return word % n


def persons_in(groups: Array[u32, 4]) -> u64:
    """How many persons entered, in groups[k - 1] groups of each size k."""
    persons = u64(0)
    for place in range(SIZES):
        persons += u64(groups[place]) * (u64(place) + 1)
    return persons


def largest_in(groups: Array[u32, 4]) -> u64:
    """The largest size that entered, 1 if none did."""
    largest = u64(1)
    for place in range(SIZES):
        if groups[place] >= 1:
            largest = u64(place) + 1
    return largest


def winners_by_size(key: Array[u8, 32], groups: Array[u32, 4], seats: u32) -> Array[u32, 4]:
    """Of each size, how many groups win."""
    persons = persons_in(groups)
    if persons <= seats:
        return Array([groups[0], groups[1], groups[2], groups[3]], 4)
    shared = u64(seats) + 1 - largest_in(groups)
    spin = below(key, persons)
    winners: Array[u32, 4] = Array([u32(0), u32(0), u32(0), u32(0)], 4)
    counted, won = u64(0), spin // persons
    for step in range(1, SIZES + 1):
        size = SIZES - step
        counted += groups[size]
        until = (shared * counted + spin) // persons
        winners[size] = u32(until - won)
        won = until
    return winners


def size_key(key: Array[u8, 32], size: u8) -> Array[u8, 32]:
    """The key by which groups of this size are put in order."""
    return sha256(bytes_of(SIZE, key, size))
