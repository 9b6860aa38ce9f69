"""str and bytes: `bytes_of`, their elements, their order, parts in them."""

from collections.abc import Callable, Sequence

from conting_compiler.ir.lowered import CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import BOOL, I64, U8, BytesT, StrT
from conting_compiler.lower import heap, memory
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import size_of


def bytes_of(context: Context, parts: Sequence[Value]) -> Value:
    """The parts' bytes one after another, numbers little-endian, texts without their length."""
    size = _room(context, parts, _size)
    start = memory.allocate(context.code, size)
    put_parts(context, start, parts)
    return Value(BytesT(), (start, size))


def put_parts(context: Context, at: Operand, parts: Sequence[Value]) -> None:
    """Writes the bytes of the parts one after another."""
    offset = 0
    for part in parts:
        if isinstance(part.type, StrT | BytesT):
            at, offset = _append(context, context.code.offset(at, offset), part)
        else:
            memory.store(context, at, offset, part)
            offset += size_of(part.type)


def fixed_size(parts: Sequence[Value]) -> int | None:
    """Bytes of the parts, where that is known by now."""
    sizes = [size.value for part in parts if isinstance(size := _size(part), Imm)]
    return sum(sizes) if len(sizes) == len(parts) else None


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


def byte_at(context: Context, arguments: Sequence[Value]) -> Value:
    """data[i]; Fault.INDEX outside."""
    code, (data, index) = context.code, arguments
    place = heap.position(code, index, data.length)
    return number(U8, code.load(code.add(data.word, place), 0, 8))


def character_at(context: Context, arguments: Sequence[Value]) -> Value:
    """text[i], a part of the text; Fault.INDEX outside."""
    code, (text, index) = context.code, arguments
    place = heap.position(code, index, code.call("rt_utf8_length", text.word, text.length))
    start = code.call("rt_utf8_place", text.word, text.length, place)
    rest, left = code.add(text.word, start), code.sub(text.length, start)
    return Value(text.type, (rest, code.call("rt_utf8_place", rest, left, Imm(1))))


def order(context: Context, arguments: Sequence[Value]) -> Value:
    """Below, at or above 0; UTF-8 has the order of the code points."""
    left, right = arguments
    given = (left.word, left.length, right.word, right.length)
    return number(I64, context.code.call("rt_order", *given))


def contains(context: Context, arguments: Sequence[Value]) -> Value:
    """Whether the second stands in the first; in UTF-8 it begins where a code point does."""
    whole, part = arguments
    given = (whole.word, whole.length, part.word, part.length)
    return number(BOOL, context.code.call("rt_contains", *given))


def starts_with(context: Context, arguments: Sequence[Value]) -> Value:
    """Whether the first begins with the second."""
    whole, part = arguments
    return _stands_at(context.code, whole, part, whole.word)


def ends_with(context: Context, arguments: Sequence[Value]) -> Value:
    """Whether the first ends with the second."""
    code, (whole, part) = context.code, arguments
    place = code.add(whole.word, code.sub(whole.length, part.length))
    return _stands_at(code, whole, part, place)


def _stands_at(code: FunctionBuilder, whole: Value, part: Value, place: Operand) -> Value:
    """Whether the part, where it is not too long, stands at the address."""
    result = code.new_slot()
    compare, end = code.label("compare"), code.label("compared")
    code.set(result, Imm(0))
    code.branch(code.cmp(CmpOp.UGT, part.length, whole.length), end, compare)
    code.start(compare)
    code.set(result, code.call("rt_equal", place, part.word, part.length))
    code.start(end)
    return number(BOOL, code.get(result))
