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
from itertools import count
from typing import Final

from solders.pubkey import Pubkey

ROUNDS: Final = 64
RAFFLE_DOMAIN: Final = b"conting:raffle:v1"
RAFFLE_ROOT_DOMAIN: Final = b"conting:raffle-root:v1"
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
    return _turned(index, n, key, range(ROUNDS))


def index_at(key: bytes, n: int, place: int) -> int:
    """Who has this place: the number from 0, in the order of entering."""
    return _turned(place, n, key, reversed(range(ROUNDS)))


def winners_of(key: bytes, n: int, prizes: int) -> Sequence[int]:
    """Who wins, by number: the first prize first."""
    return [index_at(key, n, place) for place in range(min(prizes, n))]


def _turned(x: int, n: int, key: bytes, rounds: Iterable[int]) -> int:
    for each in rounds:
        other = (_shift(key, n, each) - x) % n
        if _swaps(key, each, max(x, other)):
            x = other
    return x


def _shift(key: bytes, n: int, round_: int) -> int:
    """Each number below n is equally likely: words from the last, incomplete n on are left out."""
    group, place = divmod(round_, _PER_DIGEST)
    for attempt in count():
        digest = hashlib.sha256(b"conting:shift:v1" + key + bytes([group, attempt])).digest()
        (word,) = struct.unpack_from("<I", digest, 4 * place)
        if word < _WORDS - _WORDS % n:
            return int(word % n)
    raise AssertionError  # 256 attempts that fail are less likely than anything that happens


def _swaps(key: bytes, round_: int, greater: int) -> bool:
    content = b"conting:swap:v1" + key + bytes([round_]) + struct.pack("<I", greater)
    return bool(hashlib.sha256(content).digest()[0] & 1)
