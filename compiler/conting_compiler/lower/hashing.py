"""Hashes. Bytes that are put together only to be hashed, and not many, are so in the frame."""

from collections.abc import Sequence
from typing import Final

from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import PUBKEY_SIZE, U8, ArrayT, BytesT
from conting_compiler.lower import layout, memory, text
from conting_compiler.lower.context import Context, Value, number

SYSCALLS: Final = {"sha256": "sol_sha256", "keccak256": "sol_keccak256"}
"""By the name of the intrinsic."""
_MOST: Final = 256
"""Bytes that are put together in the frame."""


def in_frame(context: Context, parts: Sequence[Value]) -> Value:
    """The bytes of the parts, valid until the next are put together; on the heap if they are many,
    how many is not known, or frames are to be spared.
    """
    size = text.fixed_size(parts)
    if context.module.sparing or size is None or size > _MOST:
        return text.bytes_of(context, parts)
    place = context.code.scratch("hashed", size)
    text.put_parts(context, place, parts)
    return Value(BytesT(), (place, Imm(size)))


def on_heap(context: Context, name: str, data: Value) -> Value:
    """The hash, which lasts."""
    return _hash(context, name, data, memory.allocate(context.code, Imm(PUBKEY_SIZE)))


def used_at_once(context: Context, name: str, data: Value) -> Value:
    """The hash in the frame, valid until the next one there."""
    return _hash(context, name, data, context.code.scratch("digest", PUBKEY_SIZE))


def _hash(context: Context, name: str, data: Value, result: Operand) -> Value:
    code = context.code
    piece = code.scratch("slice", layout.SLICE_SIZE)
    code.store(data.word, piece)
    code.store(data.length, piece, layout.SLICE_SIZE // 2)
    code.run(SYSCALLS[name], piece, Imm(1), result)
    return number(ArrayT(U8, PUBKEY_SIZE), result)
