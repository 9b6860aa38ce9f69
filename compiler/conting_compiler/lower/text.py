"""Strings and bytes made at run time: f-strings and bytes_of, on the heap."""

from collections.abc import Callable, Sequence

from conting_compiler.ir.lowered import Imm, Operand
from conting_compiler.ir.typesystem import BytesT, IntT, StrT, Type
from conting_compiler.lower import memory
from conting_compiler.lower.context import Context, Value
from conting_compiler.lower.layout import size_of

_DIGITS = 20
"""Bytes that the decimal of a 64-bit number takes at most, its sign included."""


def formatted(context: Context, kind: Type, parts: Sequence[Value]) -> Value:
    """An f-string: texts as they are, numbers in decimal."""
    code = context.code
    start = memory.allocate(code, _room(context, parts, _text_or_digits))
    at = start
    for part in parts:
        if isinstance(part.type, IntT):
            name = "rt_put_signed" if part.type.signed else "rt_put_unsigned"
            at = code.call(name, at, part.word)
        else:
            at = memory.copy_text(code, at, part)
    return Value(kind, (start, code.sub(at, start)))


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


def _text_or_digits(part: Value) -> Operand:
    return Imm(_DIGITS) if isinstance(part.type, IntT) else part.length
