"""Public keys of phones, of both kinds that a Person may name: Ed25519 and P-256 (secp256r1).

An Ed25519 key is a `Pubkey`; a P-256 key is a `P256Key`. Signatures of both are 64 bytes; one of
P-256 is r, s as big-endian numbers over the message's SHA-256, s in the lower half (SIMD-0075).
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_client._errors import MalformedPass

ED25519: Final = 0
P256: Final = 1
"""The numbers of the two kinds, as `Scheme` of the family program has them."""

P256_KEY_SIZE: Final = 33  # bytes, compressed
KEY_HASH_SIZE: Final = 16  # bytes
_NUMBER: Final = 32  # bytes of r and of s
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True)
class P256Key:
    """A point of the curve, compressed as on chain: its 33 bytes. Raises MalformedPass."""

    compressed: bytes

    def __post_init__(self) -> None:
        if len(self.compressed) != P256_KEY_SIZE:
            raise MalformedPass(f"a P-256 key has {P256_KEY_SIZE} bytes")
        _ = self._point

    def __bytes__(self) -> bytes:
        return self.compressed

    def __str__(self) -> str:
        return self.compressed.hex()

    @cached_property
    def _point(self) -> ec.EllipticCurvePublicKey:
        try:
            return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.compressed)
        except ValueError:
            raise MalformedPass("this is no point of P-256") from None

    def verify(self, signature: Signature, message: bytes) -> bool:
        """Whether the key signed the message; never for the twin signature with the higher s."""
        raw = bytes(signature)
        r, s = int.from_bytes(raw[:_NUMBER]), int.from_bytes(raw[_NUMBER:])
        if not (0 < r < _ORDER and 0 < s <= _ORDER // 2):
            return False
        try:
            self._point.verify(encode_dss_signature(r, s), message, _ALGORITHM)
        except InvalidSignature:
            return False
        return True


DevicePublicKey = Pubkey | P256Key
"""What a phone signs with."""


def device_key_hash(key: DevicePublicKey) -> bytes:
    """The 16 bytes by which passes name a device key."""
    return sha256(bytes(key)).digest()[:KEY_HASH_SIZE]


def device_signed(key: DevicePublicKey, signature: Signature, message: bytes) -> bool:
    """Whether this device key signed this message."""
    if isinstance(key, P256Key):
        return key.verify(signature, message)
    return signature.verify(key, message)


def encode_device_key(key: DevicePublicKey) -> tuple[int, bytes]:
    """Kind and 33 bytes, as a Person on chain has them."""
    if isinstance(key, P256Key):
        return P256, bytes(key)
    return ED25519, bytes(key) + b"\0"


def decode_device_key(kind: int, data: bytes) -> DevicePublicKey:
    """The key of a kind and its 33 bytes. Raises MalformedPass."""
    if kind == P256:
        return P256Key(data)
    if kind != ED25519 or len(data) != P256_KEY_SIZE or data[-1]:
        raise MalformedPass("this is no device key")
    return Pubkey.from_bytes(data[:-1])


def parse_device_key(text: str) -> DevicePublicKey:
    """The key that `str` wrote: base58 for Ed25519, 66 hex digits for P-256.

    Raises MalformedPass.
    """
    try:
        if len(text) == 2 * P256_KEY_SIZE:
            return P256Key(bytes.fromhex(text))
        return Pubkey.from_string(text)
    except ValueError:
        raise MalformedPass("this is no device key") from None


def normalised(der: bytes) -> Signature:
    """A DER signature, as platforms give it, in 64 bytes with the lower s. Raises MalformedPass."""
    try:
        r, s = decode_dss_signature(der)
        low = min(s, _ORDER - s)
        return Signature.from_bytes(r.to_bytes(_NUMBER) + low.to_bytes(_NUMBER))
    except (ValueError, OverflowError):
        raise MalformedPass("this is no signature of P-256") from None


class P256Secret:
    """A P-256 key pair in software: what tests and programs have where a phone has its chip."""

    def __init__(self, secret: ec.EllipticCurvePrivateKey) -> None:
        self._secret = secret

    @classmethod
    def from_number(cls, number: int) -> Self:
        """The key pair of a secret number, 1 to the curve's order minus 1. Raises ValueError."""
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    @classmethod
    def generate(cls) -> Self:
        """A new key pair."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    def pubkey(self) -> P256Key:
        """The public half."""
        point = self._secret.public_key()
        return P256Key(point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint))

    def sign_message(self, message: bytes) -> Signature:
        """A signature over the message, with the lower s."""
        return normalised(self._secret.sign(message, _ALGORITHM))

    def __repr__(self) -> str:
        return f"P256Secret({self.pubkey().compressed.hex()})"
