"""The names that programs import: `from seahorse.prelude import …`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seahorse.accounts import Clock, Instructions, Seeds, Signer, UncheckedAccount
from seahorse.calls import CpiAccount, Program
from seahorse.classes import Account
from seahorse.empty import Empty
from seahorse.entry import declare_id, instruction
from seahorse.enums import Enum
from seahorse.errors import Errors
from seahorse.events import Event
from seahorse.floats import ceil, f64, floor
from seahorse.hashes import bytes_of, keccak256, sha256, size
from seahorse.ints import i8, i16, i32, i64, i128, u8, u16, u32, u64, u128
from seahorse.number_bytes import int_bytes
from seahorse.safety import unchecked
from seahorse.spl_token import TokenAccount, TokenMint
from seahorse.sysvars import Rent, SlotHashes
from seahorse.token2022 import Metadata, Token2022Account, Token2022Mint
from seahorse.values import Array, Pubkey, array

if TYPE_CHECKING:  # to a type checker they are Python's own, which know their elements
    from builtins import list as List  # noqa: N812
    from builtins import tuple as Tuple  # noqa: N812
    from typing import Optional as Option
else:
    from seahorse.containers import List, Option, Tuple

__all__ = [
    "Account",
    "Array",
    "Clock",
    "CpiAccount",
    "Empty",
    "Enum",
    "Errors",
    "Event",
    "Instructions",
    "List",
    "Metadata",
    "Option",
    "Program",
    "Pubkey",
    "Rent",
    "Seeds",
    "Signer",
    "SlotHashes",
    "Token2022Account",
    "Token2022Mint",
    "TokenAccount",
    "TokenMint",
    "Tuple",
    "UncheckedAccount",
    "array",
    "bytes_of",
    "ceil",
    "dataclass",
    "declare_id",
    "f64",
    "floor",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "instruction",
    "int_bytes",
    "keccak256",
    "sha256",
    "size",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "unchecked",
]
