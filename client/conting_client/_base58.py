"""Base58 as Bitcoin, Solana and multibase's `z` have it, of any number of bytes."""

from typing import Final

_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def encode(data: bytes) -> str:
    """The text of these bytes."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(data) - len(data.lstrip(b"\0"))
    return _ALPHABET[0] * zeros + digits


def decode(text: str) -> bytes:
    """The bytes of this text. Raises ValueError for what is no base58."""
    number = 0
    for character in text:
        number = 58 * number + _ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
