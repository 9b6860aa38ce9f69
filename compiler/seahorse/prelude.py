"""The names that programs import: `from seahorse.prelude import …`."""

from seahorse.accounts import Clock, Instructions, Seeds, Signer, UncheckedAccount
from seahorse.classes import Account
from seahorse.empty import Empty
from seahorse.entry import declare_id, instruction
from seahorse.errors import Errors
from seahorse.ints import i8, i16, i32, i64, i128, u8, u16, u32, u64, u128
from seahorse.token2022 import Metadata, Token2022Account, Token2022Mint
from seahorse.values import Array, Enum, Pubkey, bytes_of, sha256

__all__ = [
    "Account",
    "Array",
    "Clock",
    "Empty",
    "Enum",
    "Errors",
    "Instructions",
    "Metadata",
    "Pubkey",
    "Seeds",
    "Signer",
    "Token2022Account",
    "Token2022Mint",
    "UncheckedAccount",
    "bytes_of",
    "declare_id",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "instruction",
    "sha256",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
]
