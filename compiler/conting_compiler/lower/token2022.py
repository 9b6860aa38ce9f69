"""Token-2022's instructions that programs call, and the sizes of what it makes.

Bytes: spl-token-2022-interface, TokenInstruction and the extensions' instructions; confirmed by
tools/token-2022/probe.py against the program itself.
"""

import hashlib
from dataclasses import dataclass
from typing import Final

from conting_compiler.lower.cpi import Description, Key, Meta, Number, Part, Text

PROGRAM: Final = bytes.fromhex("06ddf6e1ee758fde18425dbce46ccddab61afc4d83b90d27febdf928d8a18bfc")

MINT_SIZE: Final = 82
ACCOUNT_SIZE: Final = 165
"""Of a token account without extensions; a mint with extensions is padded to it."""
TYPE_OFFSET: Final = 165
"""Where longer accounts say what they are."""
TYPE_MINT: Final = 1
TYPE_ACCOUNT: Final = 2
MULTISIG_SIZE: Final = 355
"""An account of this very size is a multisig, whatever it says."""
MINT_SUPPLY: Final = 36
MINT_DECIMALS: Final = 44
MINT_INITIALIZED: Final = 45
MINT_FREEZE_AUTHORITY: Final = 46
ACCOUNT_MINT: Final = 0
ACCOUNT_OWNER: Final = 32
ACCOUNT_AMOUNT: Final = 64
ACCOUNT_STATE: Final = 108

_AUTHORITY: Final = Meta("authority", signer=True)
_MINT: Final = Meta("mint")
_NEW_MINT: Final = (Meta("mint", writable=True),)
_TOKEN: Final = Meta("token", writable=True)


def _instruction(data: tuple[Part, ...], *accounts: Meta) -> Description:
    return Description(PROGRAM, data, accounts)


MINT_TO: Final = _instruction(
    (b"\7", Number("amount", 64)), Meta("mint", writable=True), _TOKEN, _AUTHORITY
)
GIVE_UP_MINT_AUTHORITY: Final = _instruction((b"\6\0\0",), Meta("mint", writable=True), _AUTHORITY)
BURN: Final = _instruction(
    (b"\x08", Number("amount", 64)), _TOKEN, Meta("mint", writable=True), _AUTHORITY
)
CLOSE_MINT: Final = _instruction(
    (b"\x09",), Meta("mint", writable=True), Meta("to", writable=True), _AUTHORITY
)
SET_OWNER: Final = _instruction((b"\6\2\1", Key("owner")), _TOKEN, _AUTHORITY)
SET_CLOSE_AUTHORITY: Final = _instruction((b"\6\3\1", Key("close_authority")), _TOKEN, _AUTHORITY)
FREEZE: Final = _instruction((b"\x0a",), _TOKEN, _MINT, _AUTHORITY)
THAW: Final = _instruction((b"\x0b",), _TOKEN, _MINT, _AUTHORITY)
TRANSFER_CHECKED: Final = _instruction(
    (b"\x0c", Number("amount", 64), Number("decimals", 8)),
    _TOKEN,
    _MINT,
    Meta("to", writable=True),
    _AUTHORITY,
)
CLOSE: Final = _instruction((b"\x09",), _TOKEN, Meta("to", writable=True), _AUTHORITY)
INITIALIZE_ACCOUNT: Final = _instruction((b"\x12", Key("authority")), _TOKEN, _MINT)
INITIALIZE_MINT: Final = _instruction(
    (b"\x14", Number("decimals", 8), Key("authority"), b"\0"), *_NEW_MINT
)
INITIALIZE_MINT_FREEZABLE: Final = _instruction(
    (b"\x14", Number("decimals", 8), Key("authority"), b"\1", Key("freeze_authority")), *_NEW_MINT
)
_METADATA_DISCRIMINATOR: Final = hashlib.sha256(
    b"spl_token_metadata_interface:initialize_account"
).digest()[:8]
INITIALIZE_METADATA: Final = _instruction(
    (_METADATA_DISCRIMINATOR, Text("name"), Text("symbol"), Text("uri")),
    Meta("mint", writable=True),
    Meta("authority"),
    _MINT,
    _AUTHORITY,
)
_UPDATE_DISCRIMINATOR: Final = hashlib.sha256(
    b"spl_token_metadata_interface:updating_field"
).digest()[:8]
_FIELD_BY_NAME: Final = b"\3"
UPDATE_FIELD: Final = _instruction(
    (_UPDATE_DISCRIMINATOR + _FIELD_BY_NAME, Text("field"), Text("value")),
    Meta("mint", writable=True),
    _AUTHORITY,
)
METADATA_OVERHEAD: Final = 4 + 32 + 32 + 3 * 4 + 4
"""Bytes of metadata beside its texts: header, update authority, mint, lengths, no more fields."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A mint extension: the bytes it adds, and its instruction before InitializeMint2."""

    size: int
    instruction: Description


METADATA_POINTER: Final = Extension(
    4 + 64, _instruction((b"\x27\0" + bytes(32), Key("mint")), *_NEW_MINT)
)
PERMANENT_DELEGATE: Final = Extension(
    4 + 32, _instruction((b"\x23", Key("permanent_delegate")), *_NEW_MINT)
)
DEFAULT_FROZEN: Final = Extension(4 + 1, _instruction((b"\x1c\0\2",), *_NEW_MINT))
CLOSE_AUTHORITY: Final = Extension(
    4 + 32, _instruction((b"\x19\1", Key("close_authority")), *_NEW_MINT)
)


def mint_space(extensions: tuple[Extension, ...]) -> int:
    """Bytes of a mint before its metadata is written."""
    if not extensions:
        return MINT_SIZE
    return TYPE_OFFSET + 1 + sum(extension.size for extension in extensions)
