"""Bytes of values, and their hashes."""

import hashlib

from seahorse.ints import u64
from seahorse.keccak import keccak_256
from seahorse.values import Bytes32, array_of, plain_bytes


def bytes_of(*values: object) -> bytes:
    """The bytes of all values one after the other; text and bytes without their length."""
    return b"".join(plain_bytes(value) for value in values)


def sha256(data: bytes) -> Bytes32:
    """The SHA-256 digest: `Array[u8, 32]`."""
    return array_of(hashlib.sha256(data).digest())


def keccak256(data: bytes) -> Bytes32:
    """The Keccak-256 digest, as Ethereum uses it: `Array[u8, 32]`."""
    return array_of(keccak_256(data))


def size(ob: str) -> u64:
    """How many bytes the text has, as UTF-8."""
    return u64(len(ob.encode()))
