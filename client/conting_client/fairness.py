"""Draws, computed again from what is on chain: by their description, not by the programs' code.

A draw's key is sha256 over domain, program, account, the organiser's secret (zeros where it was not
told), the hash of the draw's slot, the chained hash of all who take part, and their number. The
key's permutation says which place each of them has; the first places win.

The permutation is the swap-or-not shuffle of Hoang, Morris and Rogaway (CRYPTO 2012), 64 rounds. In
a round, x and (k - x) mod n change places, or do not, by one bit that both share. `k` and the bit
come from sha256: see `_shift` and `_swaps`.
"""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import count
from typing import Final

from solders.pubkey import Pubkey

ROUNDS: Final = 64
RAFFLE_DOMAIN: Final = b"conting:raffle:v1"
RAFFLE_ROOT_DOMAIN: Final = b"conting:raffle-root:v1"
DRAW_DOMAIN: Final = b"conting:draw:v1"
REDRAW_DOMAIN: Final = b"conting:redraw:v1"
NO_SECRET: Final = bytes(32)
_PER_DIGEST: Final = 8
_WORDS: Final = 1 << 32


def draw_key(
    *,
    domain: bytes,
    program: Pubkey,
    account: Pubkey,
    secret: bytes,
    slot_hash: bytes,
    root: bytes,
    count: int,
) -> bytes:
    """The 32 bytes that decide."""
    parts = [domain, bytes(program), bytes(account), secret, slot_hash, root]
    return hashlib.sha256(b"".join(parts) + struct.pack("<Q", count)).digest()


def raffle_root(entries: Iterable[tuple[Pubkey, Pubkey]]) -> bytes:
    """Chained hash of a raffle's entries, (entrant, mint) in the order of entering."""
    root = bytes(32)
    for index, (entrant, mint) in enumerate(entries):
        entry = struct.pack("<I", index) + bytes(entrant) + bytes(mint)
        root = hashlib.sha256(RAFFLE_ROOT_DOMAIN + root + entry).digest()
    return root


def place_of(key: bytes, n: int, index: int) -> int:
    """The place, from 0, of who takes part as number `index` of n."""
    return turned(index, n, key, range(ROUNDS))


def index_at(key: bytes, n: int, place: int) -> int:
    """Who has this place: the number from 0, in the order of entering."""
    return turned(place, n, key, reversed(range(ROUNDS)))


def winners_of(key: bytes, n: int, prizes: int) -> Sequence[int]:
    """Who wins, by number: the first prize first."""
    return [index_at(key, n, place) for place in range(min(prizes, n))]


def turned(x: int, n: int, key: bytes, rounds: Iterable[int]) -> int:
    """Where these rounds, in this order, put what is at x."""
    for each in rounds:
        other = (_shift(key, n, each) - x) % n
        if _swaps(key, each, max(x, other)):
            x = other
    return x


@lru_cache(maxsize=16)
def _digest(key: bytes, group: int, attempt: int) -> bytes:
    return hashlib.sha256(b"conting:shift:v1" + key + bytes([group, attempt])).digest()


def _shift(key: bytes, n: int, round_: int) -> int:
    """Each number below n is equally likely: words from the last, incomplete n on are left out."""
    group, place = divmod(round_, _PER_DIGEST)
    for attempt in count():
        digest = _digest(key, group, attempt)
        (word,) = struct.unpack_from("<I", digest, 4 * place)
        if word < _WORDS - _WORDS % n:
            return int(word % n)
    raise AssertionError  # 256 attempts that fail are less likely than anything that happens


def _swaps(key: bytes, round_: int, greater: int) -> bool:
    content = b"conting:swap:v1" + key + bytes([round_]) + struct.pack("<I", greater)
    return bool(hashlib.sha256(content).digest()[0] & 1)


# Draw sales, and the re-draws of seats that were given back


def draw_root(groups: Iterable[tuple[Pubkey, int, int]]) -> bytes:
    """Chained hash of a draw's groups, (account, size, index) in the order of entering."""
    root = bytes(32)
    for account, size, index in groups:
        entry = bytes(account) + struct.pack("<BI", size, index)
        root = hashlib.sha256(b"conting:draw-root:v1" + root + entry).digest()
    return root


def waiting_root(persons: Iterable[Pubkey]) -> bytes:
    """Chained hash of a waiting list, in the order of joining."""
    root = bytes(32)
    for index, person in enumerate(persons):
        entry = struct.pack("<I", index) + bytes(person)
        root = hashlib.sha256(b"conting:waiting-root:v1" + root + entry).digest()
    return root


def winners_by_size(key: bytes, groups: Sequence[int], seats: int) -> tuple[int, ...]:
    """How many groups of each size win; groups[k - 1] of size k have entered.

    Every person has the same chance: all if there are seats for all, else exactly
    (seats - (largest size - 1)) / persons.
    """
    persons = persons_in(groups)
    return tuple(groups) if persons <= seats else shared(_below(key, persons), groups, seats)


def persons_in(groups: Sequence[int]) -> int:
    """How many persons the groups are."""
    return sum(size * entered for size, entered in enumerate(groups, start=1))


def shared(spin: int, groups: Sequence[int], seats: int) -> tuple[int, ...]:
    """The winners of each size, where `spin`, a number below the number of persons, rounds."""
    largest = max(size for size, entered in enumerate(groups, start=1) if entered)
    at_least = [sum(groups[size - 1 :]) for size in range(1, len(groups) + 2)]
    seats_shared, persons = seats - (largest - 1), persons_in(groups)
    marks = [(seats_shared * counted + spin) // persons for counted in at_least]
    return tuple(marks[size] - marks[size + 1] for size in range(len(groups)))


def first_seats(winners: Sequence[int]) -> tuple[int, ...]:
    """Where the seats of each size begin: those of the larger groups come first."""
    return tuple(
        sum(other * winners[other - 1] for other in range(size + 1, len(winners) + 1))
        for size in range(1, len(winners) + 1)
    )


def size_key(key: bytes, size: int) -> bytes:
    """The key of the permutation among the groups of one size."""
    return hashlib.sha256(b"conting:size:v1" + key + bytes([size])).digest()


def _below(key: bytes, n: int) -> int:
    for attempt in count():
        digest = hashlib.sha256(b"conting:shares:v1" + key + bytes([attempt])).digest()
        word = int.from_bytes(digest[:8], "little")
        if word < 2**64 - 2**64 % n:
            return word % n
    raise AssertionError
