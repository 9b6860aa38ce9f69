"""Builtins of plain values, and functions."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import Kind, Parameter, Row
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    PUBKEY,
    STR,
    U8,
    U64,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    FloatT,
    IntT,
    PubkeyT,
    StrT,
    TupleT,
)

BYTES_LIKE: Final = Kind(
    "a number, bool, enum, Pubkey, Array, str or bytes",
    (IntT, FloatT, BoolT, EnumT, PubkeyT, ArrayT, StrT, BytesT),
)

METHODS: Final = (Row(PUBKEY, "is_on_curve", "pubkey.is_on_curve", BOOL),)

BYTES_OF: Final = Row(None, "bytes_of", "bytes_of", BYTES)
"""Takes any number of BYTES_LIKE arguments."""
STR_LENGTH: Final = Row(None, "len", "str.len", U64, (Parameter("text", STR),))
"""In code points, as in Python."""
BYTES_LENGTH: Final = Row(None, "len", "bytes.len", U64, (Parameter("data", BYTES),))
SHA256: Final = Row(None, "sha256", "sha256", ArrayT(U8, 32), (Parameter("data", BYTES),))
KECCAK256: Final = Row(None, "keccak256", "keccak256", ArrayT(U8, 32), (Parameter("data", BYTES),))

FIND_ADDRESS: Final = Row(None, "find_program_address", "pubkey.find", TupleT((PUBKEY, U8)))
"""Takes seeds, and a program's id where it is not this program."""

STR_SLICE: Final = Row(None, "[:]", "str.slice", STR)
BYTES_SLICE: Final = Row(None, "[:]", "bytes.slice", BYTES)
ARRAY_SLICE: Final = Row(None, "[:]", "array.slice", BYTES)
"""Of what, from where and to where; of an Array from where and how many, both known."""
BYTES_TO_ARRAY: Final = Row(None, "Array", "bytes.to_array", BYTES)
PUBKEY_FROM_BYTES: Final = Row(None, "from_bytes", "pubkey.from_bytes", PUBKEY)
"""Of an Array of 32 bytes, or of bytes, which have to be so many."""
SLICES: Final = (STR_SLICE, BYTES_SLICE, ARRAY_SLICE, BYTES_TO_ARRAY, PUBKEY_FROM_BYTES)

FUNCTIONS: Final = (BYTES_OF, STR_LENGTH, BYTES_LENGTH, SHA256, KECCAK256)
