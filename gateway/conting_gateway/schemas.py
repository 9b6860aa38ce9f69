"""Types that the schemas of all domains share."""

import base64
import binascii
from enum import Enum
from typing import Annotated, Literal

from conting_client import DevicePublicKey, MalformedPass, parse_device_key
from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema
from solders.pubkey import Pubkey

MOST_TEXT = 4096  # characters of base64 in a request
EXAMPLE = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"


def _address(value: object) -> Pubkey:
    if isinstance(value, Pubkey):
        return value
    try:
        return Pubkey.from_string(str(value))
    except ValueError as error:
        raise ValueError("has to be a Solana address in base58") from error


def _device_key(value: object) -> DevicePublicKey:
    try:
        return parse_device_key(str(value))
    except MalformedPass as error:
        raise ValueError("has to be a device key: base58 (Ed25519) or hex (P-256)") from error


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    text = str(value)
    if len(text) > MOST_TEXT:
        raise ValueError(f"has at most {MOST_TEXT} characters")
    try:
        return base64.b64decode(text, validate=True)
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

DeviceKeyText = Annotated[
    DevicePublicKey,
    PlainValidator(_device_key),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 32, "maxLength": 66, "examples": [EXAMPLE]}),
]
"""A phone's public key: Ed25519 in base58, or P-256, compressed, in 66 hex digits."""

Base64 = Annotated[
    bytes,
    PlainValidator(_bytes),
    PlainSerializer(_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "byte", "maxLength": MOST_TEXT}),
]
"""Bytes, in base64 on the wire."""

LongBase64 = Annotated[
    bytes,
    PlainValidator(_bytes),
    PlainSerializer(_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "byte"}),
]
"""Any number of bytes, in base64 on the wire; only in answers."""

Lamports = Annotated[
    int,
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": 0,
            "examples": [50_000_000],
            "description": "Lamports: 10^-9 SOL",
        }
    ),
]
"""Up to 2^53 in JSON, which every client can read exactly."""

Amount = Annotated[
    int,
    WithJsonSchema(
        {
            "type": "integer",
            "minimum": 0,
            "examples": [50_000_000],
            "description": "In the smallest units of the event's `payment`",
        }
    ),
]
"""The smallest units of what the event is paid in: lamports, or its token's."""


def name_of(value: object) -> object:
    """What answers call a state."""
    return value.name.lower() if isinstance(value, Enum) else value


NEVER = 2**63 - 1  # as the ticket program says it of a time
SaleMode = Annotated[Literal["first_come", "draw"], BeforeValidator(name_of)]
OpenFrom = Annotated[
    int | None,
    BeforeValidator(lambda value: None if value == NEVER else value),
    Field(
        description="Unix seconds; from then on, within the sale's times, anybody may buy a free "
        "seat. Null: not before a draw has left some"
    ),
]

DECIMALS = Field(
    description="Prices divided by 10 to this power are what people read: with 6, 25000000 is "
    "25.00. 9 for lamports; null: the payment is no mint",
    examples=[6],
)
"""Of the field that stands beside a payment."""
