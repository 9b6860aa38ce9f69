"""Types that the schemas of all domains share."""

import base64
import binascii
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from solders.pubkey import Pubkey

EXAMPLE = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"


def _address(value: object) -> Pubkey:
    if isinstance(value, Pubkey):
        return value
    try:
        return Pubkey.from_string(str(value))
    except ValueError as error:
        raise ValueError("has to be a Solana address in base58") from error


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        raise ValueError("has to be base64") from error


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


Address = Annotated[
    Pubkey,
    PlainValidator(_address),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "base58", "examples": [EXAMPLE]}),
]
"""A Solana address."""

Base64 = Annotated[
    bytes,
    PlainValidator(_bytes),
    PlainSerializer(_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "byte", "maxLength": 4096}),
]
"""Bytes, in base64 on the wire."""

Lamports = Annotated[
    int, WithJsonSchema({"type": "integer", "minimum": 0, "examples": [50_000_000]})
]
"""10^-9 SOL. Up to 2^53 in JSON, which every client can read exactly."""
