"""Values as text, as `str` writes them in Python; a Pubkey in base58.

For each type: how many bytes it takes at most, and how it is put there.
"""

from collections.abc import Callable, Sequence
from typing import Final

from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import BinOp, Imm, Operand
from conting_compiler.ir.typesystem import (
    ArrayT,
    BoolT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
    is_packed,
)
from conting_compiler.lower import heap, layout, memory
from conting_compiler.lower.context import NOTHING, Context, Value, words_of
from conting_compiler.lower.layout import size_of

_DIGITS: Final = 20
"""Bytes of the decimal of a 64-bit number, its sign included; of 128 bits twice as many."""
_BASE58: Final = 44
_FLOAT: Final = 32
_BRACKETS: Final = 3
_WORD_BITS: Final = 64


def formatted(context: Context, kind: Type, parts: Sequence[Value]) -> Value:
    """An f-string: its parts one after another, on the heap."""
    code = context.code
    room: Operand = Imm(0)
    for part in parts:
        room = code.add(room, _room(context, part))
    start = memory.allocate(code, room)
    at = start
    for part in parts:
        at = _put(context, at, part)
    _give_back(context, at)
    return Value(kind, (start, code.sub(at, start)))


def _give_back(context: Context, end: Operand) -> None:
    """What follows the text, the last thing on the heap, is free again."""
    code = context.code
    used = code.bin(BinOp.AND, code.add(end, Imm(7 - layout.HEAP_FIRST)), Imm(-8))
    code.store(used, Imm(layout.HEAP_USED))


def log(context: Context, arguments: Sequence[Value]) -> Value:
    """print: a line in the transaction's log."""
    text = arguments[0]
    context.code.run("sol_log_", text.word, text.length)
    return NOTHING


# --- room


def _room(context: Context, value: Value) -> Operand:
    """Bytes that the text of the value takes at most."""
    match value.type:
        case StrT():
            return value.length
        case TupleT():
            room: Operand = Imm(_BRACKETS)
            for each in _items(value):
                room = context.code.add(room, _room_inside(context, each))
            return room
        case ListT(element=element) | ArrayT(element=element):
            return _room_of_row(context, value, element)
        case kind:
            return Imm(_bound(kind))


def _room_inside(context: Context, value: Value) -> Operand:
    """Bytes of an element and of the comma before it."""
    return context.code.add(_room(context, value), Imm(2))


def _room_of_row(context: Context, value: Value, element: Type) -> Operand:
    code = context.code
    count = _count(context, value)
    if not isinstance(element, StrT | TupleT | ListT | ArrayT):
        size = code.bin(BinOp.MUL, count, Imm(_bound(element) + 2))
        return code.add(size, Imm(_BRACKETS))
    total = code.new_slot()
    code.set(total, Imm(_BRACKETS))

    def one(index: Operand) -> None:
        size = _room_inside(context, _element(context, value, index))
        code.set(total, code.add(code.get(total), size))

    heap.loop(code, count, one)
    return code.get(total)


def _bound(kind: Type) -> int:
    match kind:
        case IntT(bits=bits):
            return _DIGITS if bits <= _WORD_BITS else 2 * _DIGITS
        case FloatT():
            return _FLOAT
        case BoolT():
            return len("False")
        case EnumT():
            return max(map(len, _names(kind)))
        case PubkeyT():
            return _BASE58
        case _:
            raise InternalError(f"{kind} has no text")


# --- putting


def _put(context: Context, at: Operand, value: Value) -> Operand:
    """Writes the value's text; gives the address after it."""
    put = PUT.get(type(value.type))
    if put is None:
        raise InternalError(f"{value.type} has no text")
    return put(context, at, value)


def _put_text(context: Context, at: Operand, value: Value) -> Operand:
    return memory.copy_text(context.code, at, value)


def _put_integer(context: Context, at: Operand, value: Value) -> Operand:
    assert isinstance(value.type, IntT)
    name = "rt_put_signed" if value.type.signed else "rt_put_unsigned"
    wide = "128" if value.type.bits > _WORD_BITS else ""
    return context.code.call(name + wide, at, *value.words)


def _put_float(context: Context, at: Operand, value: Value) -> Operand:
    return context.code.call("rt_put_float", at, value.word)


def _put_key(context: Context, at: Operand, value: Value) -> Operand:
    return context.code.call("rt_put_base58", at, value.word)


def _put_bool(context: Context, at: Operand, value: Value) -> Operand:
    return _put_choice(context, at, value.word, (b"False", b"True"))


def _put_enum(context: Context, at: Operand, value: Value) -> Operand:
    assert isinstance(value.type, EnumT)
    return _put_choice(context, at, value.word, _names(value.type))


def _names(kind: EnumT) -> tuple[bytes, ...]:
    return tuple(f"{kind.name}.{variant}".encode() for variant in kind.variants)


def _put_choice(context: Context, at: Operand, number: Operand, names: Sequence[bytes]) -> Operand:
    """Copies the name of that number: constants of one width, their lengths beside them."""
    code = context.code
    width = max(map(len, names))
    table = context.module.constant(b"".join(name.ljust(width) for name in names))
    if all(len(name) == width for name in names):
        length: Operand = Imm(width)
    else:
        lengths = context.module.constant(b"".join(len(n).to_bytes(2, "little") for n in names))
        place = code.add(lengths, code.bin(BinOp.SHL, number, Imm(1)))
        length = code.load(place, 0, 16)
    source = code.add(table, code.bin(BinOp.MUL, number, Imm(width)))
    code.run("sol_memcpy_", at, source, length)
    return code.add(at, length)


def _constant(context: Context, at: Operand, content: bytes) -> Operand:
    memory.write(context.code, at, 0, content)
    return context.code.offset(at, len(content))


def _put_tuple(context: Context, at: Operand, value: Value) -> Operand:
    items = _items(value)
    at = _constant(context, at, b"(")
    for place, item in enumerate(items):
        at = _constant(context, at, b", ") if place else at
        at = _put(context, at, item)
    return _constant(context, at, b",)" if len(items) == 1 else b")")


def _put_row(context: Context, at: Operand, value: Value) -> Operand:
    code = context.code
    place = code.new_slot()
    code.set(place, _constant(context, at, b"["))

    def one(index: Operand) -> None:
        first, later = code.label("first"), code.label("later")
        code.branch(index, later, first)
        code.start(later)
        code.set(place, _constant(context, code.get(place), b", "))
        code.start(first)
        code.set(place, _put(context, code.get(place), _element(context, value, index)))

    heap.loop(code, _count(context, value), one)
    return _constant(context, code.get(place), b"]")


PUT: Final[dict[type, Callable[[Context, Operand, Value], Operand]]] = {
    StrT: _put_text,
    IntT: _put_integer,
    FloatT: _put_float,
    BoolT: _put_bool,
    EnumT: _put_enum,
    PubkeyT: _put_key,
    TupleT: _put_tuple,
    ListT: _put_row,
    ArrayT: _put_row,
}


# --- elements


def _items(value: Value) -> list[Value]:
    assert isinstance(value.type, TupleT)
    items, first = [], 0
    for kind in value.type.elements:
        end = first + words_of(kind)
        items.append(Value(kind, value.words[first:end], lasting=True))
        first = end
    return items


def _count(context: Context, value: Value) -> Operand:
    if isinstance(value.type, ArrayT):
        return Imm(value.type.length)
    return context.code.load(value.word, heap.LIST_COUNT)


def _element(context: Context, value: Value, index: Operand) -> Value:
    """An element; the index is inside."""
    code = context.code
    assert isinstance(value.type, ListT | ArrayT)
    element = value.type.element
    if is_packed(value.type):
        place = code.bin(BinOp.MUL, index, Imm(size_of(element)))
        return memory.load(context, code.add(value.word, place), 0, element)
    first = value.word if isinstance(value.type, ArrayT) else code.load(value.word)
    place = code.bin(BinOp.MUL, index, Imm(heap.cell_size(element)))
    return heap.load(code, code.add(first, place), 0, element)
