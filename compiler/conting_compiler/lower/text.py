"""Bytes made at run time: bytes_of, on the heap."""

from collections.abc import Callable, Sequence

from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import BytesT, StrT
from conting_compiler.lower import memory
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import size_of


def bytes_of(context: Context, parts: Sequence[Value]) -> Value:
    """The parts' bytes one after another, numbers little-endian, texts without their length."""
    code = context.code
    size = _room(context, parts, _size)
    start = memory.allocate(code, size)
    at, offset = start, 0
    for part in parts:
        if isinstance(part.type, StrT | BytesT):
            at, offset = _append(context, code.offset(at, offset), part)
        else:
            memory.store(context, at, offset, part)
            offset += size_of(part.type)
    return Value(BytesT(), (start, size))


def _append(context: Context, at: Operand, part: Value) -> tuple[Operand, int]:
    """Copies a text; gives the address and offset behind it."""
    if isinstance(part.length, Imm):
        memory.copy(context.code, at, part.word, part.length.value)
        return at, part.length.value
    return memory.copy_text(context.code, at, part), 0


def _room(context: Context, parts: Sequence[Value], size: Callable[[Value], Operand]) -> Operand:
    total: Operand = Imm(0)
    for part in parts:
        total = context.code.add(total, size(part))
    return total


def _size(part: Value) -> Operand:
    return part.length if isinstance(part.type, StrT | BytesT) else Imm(size_of(part.type))
