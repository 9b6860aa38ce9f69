"""Accounts as JSON, and the filters of getProgramAccounts."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from solders.account import Account
from solders.pubkey import Pubkey

from conting_localnet.errors import INVALID_REQUEST, RpcError, invalid_params
from conting_localnet.params import Config
from conting_localnet.parsed import parse_account
from conting_localnet.tokens import Mint
from conting_localnet.wire import Json, base58_decode, base58_encode

ENCODINGS = ("binary", "base58", "base64", "base64+zstd", "jsonParsed")
RENT_EPOCH = 2**64 - 1  # no account pays rent any more (SIMD-0267)
_MAX_BASE58_BYTES = 128
_MAX_FILTERS = 4
_ZSTD_MAGIC = bytes.fromhex("28b52ffd")
_ZSTD_BLOCK = 128 * 1024
_U64 = 8

ReadMint = Callable[[Pubkey], Mint | None]
Filter = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class View:
    """How a client wants accounts: encoding and, unless parsed, which bytes of the data."""

    encoding: str
    slice: slice


def read_view(config: Config, default: str = "binary") -> View:
    """Read `encoding` and `dataSlice`."""
    encoding = config.text("encoding", default, ENCODINGS)
    if not config.has("dataSlice"):
        return View(encoding, slice(None))
    part = config.sub("dataSlice")
    offset, length = part.integer("offset"), part.integer("length")
    if offset is None or length is None:
        raise invalid_params("`dataSlice` needs `offset` and `length`")
    return View(encoding, slice(offset, offset + length))


def encode_account(account: Account, view: View, read_mint: ReadMint) -> Json:
    """Return an account as nodes show it; lamports and space are of the whole account."""
    return {
        "lamports": account.lamports,
        "data": _encode_data(account, view, read_mint),
        "owner": str(account.owner),
        "executable": account.executable,
        "rentEpoch": RENT_EPOCH,
        "space": len(account.data),
    }


def _encode_data(account: Account, view: View, read_mint: ReadMint) -> Json:
    if view.encoding == "jsonParsed":
        parsed = parse_account(account, read_mint)
        if parsed is not None:
            return parsed
    data = account.data[view.slice]
    match view.encoding:
        case "binary":
            return _base58(data)
        case "base58":
            return [_base58(data), "base58"]
        case "base64+zstd":
            return [base64.b64encode(_zstd_stored(data)).decode(), "base64+zstd"]
        case _:
            return [base64.b64encode(data).decode(), "base64"]


def _base58(data: bytes) -> str:
    if len(data) > _MAX_BASE58_BYTES:
        raise RpcError(
            INVALID_REQUEST,
            "Encoded binary (base 58) data should be less than 128 bytes, "
            "please use Base64 encoding.",
        )
    return base58_encode(data)


def _zstd_stored(data: bytes) -> bytes:
    """Wrap bytes in a zstd frame of raw blocks (RFC 8878 3.1.1): valid everywhere, not smaller."""
    blocks = [data[at : at + _ZSTD_BLOCK] for at in range(0, len(data), _ZSTD_BLOCK)] or [b""]
    frame = _ZSTD_MAGIC + b"\xe0" + len(data).to_bytes(_U64, "little")
    for block in blocks[:-1]:
        frame += (len(block) << 3).to_bytes(3, "little") + block
    return frame + (len(blocks[-1]) << 3 | 1).to_bytes(3, "little") + blocks[-1]


def read_filters(config: Config) -> list[Filter]:
    """Read `filters`: each is dataSize, memcmp or tokenAccountState."""
    filters = config.items("filters")
    if len(filters) > _MAX_FILTERS:
        raise invalid_params(f"Too many filters provided; max {_MAX_FILTERS}")
    return [_read_filter(value) for value in filters]


def matches(data: bytes, filters: Iterable[Filter]) -> bool:
    """Say whether the data of an account passes every filter."""
    return all(passes(data) for passes in filters)


def _read_filter(value: Json) -> Filter:
    match value:
        case {"dataSize": int(size)}:
            return lambda data: len(data) == size
        case {"memcmp": dict(comparison)}:
            offset, wanted = _read_memcmp(Config(comparison))
            return lambda data: data[offset : offset + len(wanted)] == wanted
        case _:
            raise invalid_params("a filter must be {dataSize} or {memcmp: {offset, bytes}}")


def _read_memcmp(config: Config) -> tuple[int, bytes]:
    offset = config.integer("offset")
    if offset is None:
        raise invalid_params("memcmp needs an `offset`")
    return offset, _filter_bytes(config.values.get("bytes"), config.values.get("encoding"))


def _filter_bytes(value: Json, encoding: Json) -> bytes:
    try:
        match value, encoding:
            case str(text), None | "base58":
                return base58_decode(text)
            case str(text), "base64":
                return base64.b64decode(text, validate=True)
            case list(numbers), _:
                return bytes(number for number in numbers if isinstance(number, int))
    except (ValueError, binascii.Error) as error:
        raise invalid_params(f"memcmp bytes: {error}") from error
    raise invalid_params("memcmp bytes must be a base58 or base64 string")
