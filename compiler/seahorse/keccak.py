"""Keccak-256 as Solana and Ethereum use it: SHA-3's sponge with Keccak's own padding.

The permutation is Keccak-f[1600] of FIPS 202; hashlib has only the padding of SHA-3.
"""

from collections.abc import Iterator
from typing import Final

_MASK: Final = (1 << 64) - 1
_RATE: Final = 136
_ROUNDS: Final = 24


def keccak_256(data: bytes) -> bytes:
    """The 32 bytes of the hash."""
    padded = data + b"\1" + bytes((-len(data) - 1) % _RATE)
    padded = padded[:-1] + bytes([padded[-1] | 0x80])
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        state = _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _rotate(lane: int, bits: int) -> int:
    return (lane << bits | lane >> (64 - bits)) & _MASK if bits else lane


def _round_constants() -> Iterator[int]:
    """By the shift register of FIPS 202, algorithm 5."""
    register = 1
    for _ in range(_ROUNDS):
        constant = 0
        for power in range(7):
            constant |= (register & 1) << ((1 << power) - 1)
            register = register << 1 ^ (0x171 if register >> 7 else 0)
        yield constant


def _permute(state: list[int]) -> list[int]:
    for constant in _round_constants():
        parity = [
            state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
            for x in range(5)
        ]
        spread = [parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        state = [lane ^ spread[i % 5] for i, lane in enumerate(state)]
        moved = [0] * 25
        x, y, lane = 1, 0, state[1]
        moved[0] = state[0]
        for step in range(_ROUNDS):
            x, y = y, (2 * x + 3 * y) % 5
            bits = (step + 1) * (step + 2) // 2 % 64
            moved[x + 5 * y], lane = _rotate(lane, bits), state[x + 5 * y]
        state = [
            moved[i] ^ (~moved[i - i % 5 + (i + 1) % 5] & _MASK & moved[i - i % 5 + (i + 2) % 5])
            for i in range(25)
        ]
        state[0] ^= constant
    return state
