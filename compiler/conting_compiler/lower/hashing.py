"""Hashes. Bytes that are put together only to be hashed, and not many, are so in the frame."""

from collections.abc import Sequence
from typing import Final

from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import PUBKEY_SIZE, U8, ArrayT, BytesT
from conting_compiler.lower import layout, memory, tables, text
from conting_compiler.lower.context import Context, Value, number

SYSCALLS: Final = {"sha256": "sol_sha256", "keccak256": "sol_keccak256"}
"""By the name of the intrinsic."""
_MOST: Final = 256
"""Bytes that are put together in the frame."""


def _in_frame(context: Context, parts: Sequence[Value]) -> Value:
    """The bytes of the parts, valid until the next are put together; on the heap if they are many,
    how many is not known, or frames are to be spared.
    """
    size = text.fixed_size(parts)
    if context.module.sparing or size is None or size > _MOST:
        return text.bytes_of(context, parts)
    place = context.code.scratch("hashed", size)
    text.put_parts(context, place, parts)
    return Value(BytesT(), (place, Imm(size)))


def _by_table(context: Context, name: str, parts: Sequence[Value], result: Operand) -> bool:
    """The sha256 of the parts by a constant that tells which they are; false if it cannot tell."""
    code, row = context.code, tables.Row(context)
    size = text.fixed_size(parts)
    shared = code.compact and not code.often and not context.module.sparing
    if name != "sha256" or not shared or size is None or size > _MOST:
        return False
    pieces = list[tables.Piece]()
    for part in parts:
        if part.content is not None:
            pieces += tables.constant(part.content)
        elif tables.fits(part.type):
            pieces += row.value(part)
        else:
            return False
    if row.full:
        return False
    table = context.module.constant(tables.packed(b"", tables.merged(pieces)))
    code.run("rt_digest", table, row.stored(), result)
    return True


def heap_place(context: Context) -> Operand:
    """Where a hash lasts."""
    return memory.allocate(context.code, Imm(PUBKEY_SIZE))


def frame_place(context: Context) -> Operand:
    """Where a hash is valid until the next one there."""
    return context.code.scratch("digest", PUBKEY_SIZE)


def of_parts(context: Context, name: str, parts: Sequence[Value], result: Operand) -> Value:
    """The hash of the parts' bytes one after another."""
    if _by_table(context, name, parts, result):
        return number(ArrayT(U8, PUBKEY_SIZE), result)
    return of(context, name, _in_frame(context, parts), result)


def of(context: Context, name: str, data: Value, result: Operand) -> Value:
    """The hash of some bytes."""
    code = context.code
    piece = code.scratch("slice", layout.SLICE_SIZE)
    code.store(data.word, piece)
    code.store(data.length, piece, layout.SLICE_SIZE // 2)
    code.run(SYSCALLS[name], piece, Imm(1), result)
    return number(ArrayT(U8, PUBKEY_SIZE), result)
