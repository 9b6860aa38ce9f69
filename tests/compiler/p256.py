"""ECDSA over P-256 (FIPS 186-5) for tests: deterministic, low S as Solana's precompile asks."""

import hashlib
from dataclasses import dataclass

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def _add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % _P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P) % _P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P) % _P
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _times(number: int, point: Point) -> Point:
    found: Point = None
    while number:
        found = _add(found, point) if number & 1 else found
        point, number = _add(point, point), number >> 1
    return found


@dataclass(frozen=True)
class SigningKey:
    secret: int

    @property
    def public(self) -> bytes:
        """Compressed, 33 bytes."""
        point = _times(self.secret, _G)
        assert point is not None
        return bytes([2 + (point[1] & 1)]) + point[0].to_bytes(32, "big")

    def sign(self, message: bytes) -> bytes:
        digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
        nonce = int.from_bytes(
            hashlib.sha256(b"nonce" + self.secret.to_bytes(32, "big") + message).digest(), "big"
        )
        nonce = nonce % (_N - 1) + 1
        point = _times(nonce, _G)
        assert point is not None
        r = point[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * self.secret) % _N
        return r.to_bytes(32, "big") + min(s, _N - s).to_bytes(32, "big")
