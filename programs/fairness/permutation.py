"""Who comes where: a keyed permutation of all who take part, of which each asks for one place.

The swap-or-not shuffle (Hoang, Morris, Rogaway, CRYPTO 2012) on n numbers. In each round a shift
k, the same for all numbers, pairs x with (k - x) mod n, and one bit, the same for both of a pair,
says whether the two change places. So each round is a permutation that undoes itself.

    digest of rounds 8g..8g+7, attempt a = sha256("conting:shift:v1" | key | g u8 | a u8)
    word of round r = bytes 4(r mod 8)..+4 of that digest, little-endian
    shift k of round r = word mod n, for the first a whose word is below 2**32 - (2**32 mod n)
    bit of round r for a pair = lowest bit of the first byte of
        sha256("conting:swap:v1" | key | r u8 | the greater of the pair, u32)
"""

from seahorse.prelude import Array, bytes_of, sha256, u8, u32, u64

from .words import number_in

GROUPS = 8  # of eight rounds each: 64
PER_DIGEST = 8  # words in a digest
LAST = 7  # of eight; what is counted is the other way round where these bits are turned
BYTE = 8  # bits
WORD = u8(4)  # bytes
WORDS = u64(2**32)  # how many words there are
SHIFT = b"conting:shift:v1"
SWAP = b"conting:swap:v1"


def digest_of(key: Array[u8, 32], group: u8, attempt: u8) -> Array[u8, 32]:
    """Eight rounds' words."""
    return sha256(bytes_of(SHIFT, key, group, attempt))


def word_of(digest: Array[u8, 32], place: u8) -> u64:
    """The 32-bit word at this place of a digest."""
    at = u64(place) * 4
    low = u64(digest[at]) | u64(digest[at + 1]) << BYTE
    high = u64(digest[at + 2]) | u64(digest[at + 3]) << BYTE
    return low | high << 2 * BYTE


def word_again(key: Array[u8, 32], fair: u64, group: u8, place: u8) -> u64:
    """The round's word after one that would favour some numbers."""
    attempt, word = u8(0), fair
    while word >= fair:
        attempt += 1
        word = number_in(digest_of(key, group, attempt), place * WORD, WORD)
    return word


def shift_of(
    key: Array[u8, 32], n: u64, fair: u64, digest: Array[u8, 32], group: u8, place: u8
) -> u64:
    """The round's shift, each below n equally likely: words from `fair` on would favour some."""
    word = word_of(digest, place)
    if word >= fair:
        word = word_again(key, fair, group, place)
    return word % n


def turned(
    key: Array[u8, 32],
    n: u64,
    fair: u64,
    digest: Array[u8, 32],
    group: u8,
    word: u8,
    x: u64,
) -> u64:
    """Where x is after the round of this word of this group, and where it was before."""
    other = (shift_of(key, n, fair, digest, group, word) + n - x) % n
    round_ = group * PER_DIGEST + word
    bit = sha256(bytes_of(SWAP, key, round_, u32(max(x, other))))[0] & 1
    return other if bit == 1 else x


def walked(key: Array[u8, 32], n: u64, start: u64, backwards: bool) -> u64:
    """Where `start` is after all rounds, in their order or backwards."""
    fair = WORDS - WORDS % n
    x = start
    turn = u8(LAST if backwards else 0)
    for step in range(GROUPS):
        group = u8(step) ^ turn
        digest = digest_of(key, group, u8(0))
        for count in range(PER_DIGEST):
            x = turned(key, n, fair, digest, group, u8(count) ^ turn, x)
    return x


def place_of(key: Array[u8, 32], n: u32, index: u32) -> u32:
    """The place, from 0, of who entered as number `index` of n."""
    return u32(walked(key, u64(n), u64(index), backwards=False))


def index_at(key: Array[u8, 32], n: u32, place: u32) -> u32:
    """Which number of n has this place."""
    return u32(walked(key, u64(n), u64(place), backwards=True))
