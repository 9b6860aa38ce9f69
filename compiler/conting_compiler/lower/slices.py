"""`x[a:b]`: bounds as in Python; of bytes and text a view, of lists and Arrays a new one."""

from collections.abc import Sequence
from typing import Final

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    I64,
    PUBKEY,
    PUBKEY_SIZE,
    U8,
    ArrayT,
    BytesT,
    IntT,
    ListT,
)
from conting_compiler.lower import heap, memory
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.layout import size_of

_END: Final = Imm(I64.high)


def clipped(code: FunctionBuilder, index: Value, count: Operand) -> Operand:
    """The place from 0 to count that a bound means: a negative one counts from the end."""
    place = index.word
    assert isinstance(index.type, IntT)
    if place == Imm(0):
        return place
    if place == _END:
        return count
    if index.type.signed:
        negative = code.cmp(CmpOp.SLT, place, Imm(0))
        place = code.add(place, code.select(negative, count, Imm(0)))
        place = code.select(code.cmp(CmpOp.SLT, place, Imm(0)), Imm(0), place)
    return code.select(code.cmp(CmpOp.UGT, place, count), count, place)


def _length(code: FunctionBuilder, start: Operand, stop: Operand) -> Operand:
    """How much lies between two places; nothing where they are the wrong way round."""
    if start == Imm(0):
        return stop
    return code.select(code.cmp(CmpOp.UGT, stop, start), code.sub(stop, start), Imm(0))


def of_bytes(context: Context, arguments: Sequence[Value]) -> Value:
    """bytes[a:b]."""
    code, (data, *bounds) = context.code, arguments
    start, stop = (clipped(code, each, data.length) for each in bounds)
    return Value(data.type, (code.add(data.word, start), _length(code, start, stop)))


def of_text(context: Context, arguments: Sequence[Value]) -> Value:
    """str[a:b], counted in code points."""
    code, (text, *bounds) = context.code, arguments
    start, stop = (_text_place(code, text, each) for each in bounds)
    return Value(text.type, (code.add(text.word, start), _length(code, start, stop)))


def _text_place(code: FunctionBuilder, text: Value, index: Value) -> Operand:
    """Where in the bytes of a text the code point stands that a bound means."""
    place = index.word
    assert isinstance(index.type, IntT)
    if place == Imm(0):
        return place
    if place == _END:
        return text.length
    if not index.type.signed:
        place = code.select(code.cmp(CmpOp.UGT, place, _END), _END, place)
    return code.call("rt_utf8_place", text.word, text.length, place)


def of_list(context: Context, arguments: Sequence[Value]) -> Value:
    """list[a:b]: a new list of the same elements."""
    code, (whole, *bounds) = context.code, arguments
    kind = whole.type
    assert isinstance(kind, ListT)
    size = Imm(heap.cell_size(kind.element))
    count = code.load(whole.word, heap.LIST_COUNT)
    start, stop = (clipped(code, each, count) for each in bounds)
    taken = _length(code, start, stop)
    made = heap.new_list(code, taken, kind.element)
    code.store(taken, made, heap.LIST_COUNT)
    source = code.add(code.load(whole.word, heap.LIST_FIRST), code.bin(BinOp.MUL, start, size))
    target = code.load(made, heap.LIST_FIRST)
    code.run("sol_memcpy_", target, source, code.bin(BinOp.MUL, taken, size))
    return number(kind, made)


def of_array(context: Context, arguments: Sequence[Value]) -> Value:
    """array[a:b]: a new Array of the elements from `first` on, as many as `length` says."""
    whole, first, length = arguments
    kind = whole.type
    assert isinstance(kind, ArrayT)
    assert isinstance(first.word, Imm)
    assert isinstance(length.word, Imm)
    made = ArrayT(kind.element, length.word.value)
    source = context.code.offset(whole.word, first.word.value * size_of(kind.element))
    return number(made, _copied(context.code, source, size_of(made)))


def to_array(context: Context, arguments: Sequence[Value]) -> Value:
    """Array(data, n); Fault.INDEX unless there are n bytes."""
    code, (data, length) = context.code, arguments
    assert isinstance(length.word, Imm)
    code.fail_if(code.cmp(CmpOp.NE, data.length, length.word), Fault.INDEX)
    made = ArrayT(U8, length.word.value)
    return number(made, _copied(code, data.word, length.word.value))


def to_pubkey(context: Context, arguments: Sequence[Value]) -> Value:
    """Pubkey.from_bytes(data); Fault.CONVERSION unless these are 32 bytes."""
    code, (data,) = context.code, arguments
    if isinstance(data.type, BytesT):
        wrong = code.cmp(CmpOp.NE, data.length, Imm(PUBKEY_SIZE))
        code.fail_if(wrong, Fault.CONVERSION)
    return Value(PUBKEY, (_copied(code, data.word, PUBKEY_SIZE),), lasting=True)


def _copied(code: FunctionBuilder, source: Operand, size: int) -> Operand:
    target = memory.allocate(code, Imm(size))
    memory.copy(code, target, source, size)
    return target
