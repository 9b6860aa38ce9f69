"""What each name is that a program imports from the prelude or has from Python."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from conting_compiler.frontend.intrinsics.table import CLOCK, INSTRUCTIONS, MINT, SIGNER, TOKEN, Row
from conting_compiler.frontend.intrinsics.values import SHA256
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    I64,
    PUBKEY,
    STR,
    U8,
    U16,
    U32,
    U64,
    IntT,
    Type,
    UncheckedT,
)


class Special(Enum):
    """Names that the front end itself gives their meaning."""

    ACCOUNT = "Account"
    ENUM = "Enum"
    ERRORS = "Errors"
    SEEDS = "Seeds"
    EMPTY = "Empty"
    ARRAY = "Array"
    METADATA = "Metadata"
    INSTRUCTION = "instruction"
    DECLARE_ID = "declare_id"
    BYTES_OF = "bytes_of"
    LEN = "len"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class TypeName:
    """A name that stands for a type."""

    type: Type


Builtin = TypeName | Row | Special

PRELUDE: Final[dict[str, Builtin]] = {
    "u8": TypeName(U8),
    "u16": TypeName(U16),
    "u32": TypeName(U32),
    "u64": TypeName(U64),
    "i8": TypeName(IntT(8, signed=True)),
    "i16": TypeName(IntT(16, signed=True)),
    "i32": TypeName(IntT(32, signed=True)),
    "i64": TypeName(I64),
    "Pubkey": TypeName(PUBKEY),
    "Signer": TypeName(SIGNER),
    "UncheckedAccount": TypeName(UncheckedT()),
    "Token2022Mint": TypeName(MINT),
    "Token2022Account": TypeName(TOKEN),
    "Instructions": TypeName(INSTRUCTIONS),
    "Clock": TypeName(CLOCK),
    "sha256": SHA256,
    **{each.value: each for each in Special if each not in {Special.LEN, Special.RANGE}},
}

PYTHON: Final[dict[str, Builtin]] = {
    "bool": TypeName(BOOL),
    "str": TypeName(STR),
    "bytes": TypeName(BYTES),
    "len": Special.LEN,
    "range": Special.RANGE,
}

NOT_YET: Final = frozenset({
    "u128", "i128", "f64", "List", "Event", "Program", "CpiAccount", "TokenMint", "TokenAccount",
    "AssociatedTokenAccount", "Mint", "dataclass", "print", "min", "max", "abs", "sum", "sorted",
    "enumerate", "zip", "map", "filter", "round", "list", "tuple", "isinstance", "pow", "divmod",
})  # fmt: skip
"""Names of Seahorse and Python that this compiler does not have yet."""

INSTEAD: Final = {
    "int": "name the width, for example 'i64' or 'u64'",
    "float": "use an integer of the smallest unit, for example lamports",
    "dict": "use one account per key, at an address with the key among its seeds",
    "set": "use one account per key, at an address with the key among its seeds",
}
"""Python's names that cannot mean anything on chain, and what to use."""
