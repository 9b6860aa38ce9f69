"""Draws by the thousand: the permutation at once for all, and a test of what came out."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from conting_client import fairness

Bits = Sequence[Sequence[bool]]
"""Of each round, for each number as the greater of a pair, whether the pair changes places."""
_NORMAL: Final = 3.719
"""One in ten thousand lies above, of the normal distribution."""


def key_of(name: str, number: int) -> bytes:
    """The key of a simulated draw: always the same for the same name and number."""
    return hashlib.sha256(f"{name} {number}".encode()).digest()


def bits_of(key: bytes, n: int) -> Bits:
    """By the description, not by `fairness`."""
    return [
        [
            bool(
                hashlib.sha256(
                    b"conting:swap:v1" + key + bytes([round_]) + x.to_bytes(4, "little")
                ).digest()[0]
                & 1
            )
            for x in range(n)
        ]
        for round_ in range(fairness.ROUNDS)
    ]


def shifts_of(key: bytes, n: int) -> list[int]:
    """By the description, for sizes so small that no word is left out."""
    words = b"".join(
        hashlib.sha256(b"conting:shift:v1" + key + bytes([group, 0])).digest() for group in range(8)
    )
    found = [int.from_bytes(words[at : at + 4], "little") for at in range(0, len(words), 4)]
    assert all(word < 2**32 - 2**32 % n for word in found)
    return [word % n for word in found]


def order_of(n: int, shifts: Sequence[int], bits: Bits) -> list[int]:
    """Who has each place: all rounds, each for all numbers at once."""
    at = list(range(n))
    for k, row in zip(shifts, bits, strict=True):
        turned = at[k::-1] + at[:k:-1]
        swaps = _swaps(row[: k + 1]) + _swaps_above(row, k, n)
        at = [b if swap else a for a, b, swap in zip(at, turned, swaps, strict=True)]
    return at


def _swaps(row: Sequence[bool]) -> list[bool]:
    """For x from 0 to k, paired with k - x: the bit of the greater."""
    k = len(row) - 1
    half = (k + 1) // 2
    upper = list(row[half:])
    return upper[::-1][: k + 1 - len(upper)] + upper


def _swaps_above(row: Sequence[bool], k: int, n: int) -> list[bool]:
    """For x from k + 1 to n - 1, paired with n + k - x."""
    return _swaps(row[k + 1 : n]) if k + 1 < n else []


def order(key: bytes, n: int) -> list[int]:
    """Who has each place in the draw of this key."""
    return order_of(n, shifts_of(key, n), bits_of(key, n))


def deviation(counts: Sequence[int], expected: float | None = None) -> float:
    """Chi-square of what should be equally frequent."""
    mean = sum(counts) / len(counts) if expected is None else expected
    return sum((each - mean) ** 2 / mean for each in counts)


def limit(freedom: int) -> float:
    """What chi-square exceeds once in ten thousand times (by Wilson and Hilferty)."""
    part = 2 / (9 * freedom)
    return float(freedom * (1 - part + _NORMAL * part**0.5) ** 3)


def is_uniform(counts: Sequence[int], freedom: int | None = None) -> bool:
    """Whether chance alone makes counts this uneven at least once in ten thousand times."""
    return deviation(counts) <= limit(len(counts) - 1 if freedom is None else freedom)


def tally(draws: int, cells: int, draw: Callable[[int], int]) -> list[int]:
    """How often each result, a number below `cells`, came."""
    counts = [0] * cells
    for number in range(draws):
        counts[draw(number)] += 1
    return counts
