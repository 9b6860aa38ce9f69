"""Builtins of plain values, and functions."""

from typing import Final

from conting_compiler.frontend.intrinsics.table import Kind, Parameter, Row
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    I64,
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

METHODS: Final = (
    Row(PUBKEY, "is_on_curve", "pubkey.is_on_curve", BOOL),
    Row(STR, "startswith", "str.startswith", BOOL, (Parameter("start", STR),)),
    Row(STR, "endswith", "str.endswith", BOOL, (Parameter("end", STR),)),
    Row(BYTES, "startswith", "bytes.startswith", BOOL, (Parameter("start", BYTES),)),
    Row(BYTES, "endswith", "bytes.endswith", BOOL, (Parameter("end", BYTES),)),
)

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

STR_ITEM: Final = Row(None, "[]", "str.item", STR)
BYTES_ITEM: Final = Row(None, "[]", "bytes.item", U8)
"""Of what, and where; Fault.INDEX outside."""
TEXT_CONTAINS: Final = Row(None, "in", "text.contains", BOOL)
"""In which str or bytes, and what."""
TEXT_ORDER: Final = Row(None, "<", "text.order", I64)
"""Below 0 if the first of two str or bytes comes before the second, 0 if they are equal."""
TEXTS: Final = (STR_ITEM, BYTES_ITEM, TEXT_CONTAINS, TEXT_ORDER)

FUNCTIONS: Final = (BYTES_OF, STR_LENGTH, BYTES_LENGTH, SHA256, KECCAK256)
