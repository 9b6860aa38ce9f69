"""Addresses: base58, the curve check, and the derivation of program addresses. Stdlib only."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

ADDRESS_SIZE: Final = 32
MAX_SEEDS: Final = 16
MAX_SEED_SIZE: Final = 32
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MARKER: Final = b"ProgramDerivedAddress"
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P


def base58_encode(data: bytes) -> str:
    """Bitcoin's base58; every leading zero byte is a '1'."""
    number = int.from_bytes(data, "big")
    digits = ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + digits


def base58_decode(text: str) -> bytes:
    """Raises ValueError for a character outside the alphabet."""
    number = 0
    for character in text:
        number = number * len(_ALPHABET) + _ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def is_on_curve(address: bytes) -> bool:
    """Whether the 32 bytes decompress to a point of edwards25519 (RFC 8032 5.1.3).

    As curve25519-dalek and so the runtime do it: y may be non-canonical.
    """
    y = int.from_bytes(address, "little") & ((1 << 255) - 1)
    numerator, denominator = (y * y - 1) % _P, (_D * y * y + 1) % _P
    square = numerator * pow(denominator, -1, _P) % _P  # the denominator is never 0
    return pow(square, (_P - 1) // 2, _P) in {0, 1}


def _derive(seeds: Sequence[bytes], program: bytes) -> bytes:
    return sha256(b"".join(seeds) + program + _MARKER).digest()


def _candidates(seeds: Sequence[bytes], program: bytes) -> Iterator[tuple[bytes, int]]:
    for bump in range(255, -1, -1):
        yield _derive([*seeds, bytes([bump])], program), bump


def create_program_address(seeds: Sequence[bytes], program: bytes) -> bytes:
    """The address of seeds that end with their bump. ValueError where they do not give one."""
    if len(seeds) > MAX_SEEDS or any(len(seed) > MAX_SEED_SIZE for seed in seeds):
        raise ValueError("at most 16 seeds of at most 32 bytes each")
    address = _derive(seeds, program)
    if is_on_curve(address):
        raise ValueError("the seeds give no address")
    return address


def find_program_address(seeds: Sequence[bytes], program: bytes) -> tuple[bytes, int]:
    """The address that the seeds have under the program, and its bump: the first from 255 down.

    Raises ValueError for more than 15 seeds, for one longer than 32 bytes, or where no bump fits.
    """
    if len(seeds) >= MAX_SEEDS or any(len(seed) > MAX_SEED_SIZE for seed in seeds):
        raise ValueError("at most 15 seeds of at most 32 bytes each")
    for address, bump in _candidates(seeds, program):
        if not is_on_curve(address):
            return address, bump
    raise ValueError("no bump gives an address off the curve")
