"""min, max, abs, round, floor, ceil: the builtins on numbers, by their names in the typed IR."""

from collections.abc import Sequence
from typing import Final

from conting_compiler.ir.lowered import BinOp, Imm, Operand
from conting_compiler.ir.typed import CompareOp
from conting_compiler.ir.typesystem import F64, I128, U8, U64, ListT
from conting_compiler.lower import floats, lists, numeric
from conting_compiler.lower.context import Context, Value, number
from conting_compiler.lower.layout import size_of

_WORD: Final = 64


def _least(context: Context, arguments: Sequence[Value]) -> Value:
    return numeric.first_by(context.code, list(arguments), CompareOp.LT)


def _greatest(context: Context, arguments: Sequence[Value]) -> Value:
    return numeric.first_by(context.code, list(arguments), CompareOp.GT)


def _absolute(context: Context, arguments: Sequence[Value]) -> Value:
    return numeric.absolute(context.code, arguments[0])


def _rounded(context: Context, value: Value, mode: Operand) -> Value:
    return numeric.integral(context.code, value, mode, I128)


def _round(context: Context, arguments: Sequence[Value]) -> Value:
    return _rounded(context, arguments[0], floats.NEAREST)


def _floor(context: Context, arguments: Sequence[Value]) -> Value:
    return _rounded(context, arguments[0], floats.DOWN)


def _ceil(context: Context, arguments: Sequence[Value]) -> Value:
    return _rounded(context, arguments[0], floats.UP)


def _size(context: Context, arguments: Sequence[Value]) -> Value:
    """Bytes of a text."""
    del context
    return number(U64, arguments[0].length)


def _root(context: Context, arguments: Sequence[Value]) -> Value:
    return number(F64, floats.root(context.code, arguments[0].word))


def _int_bytes(context: Context, arguments: Sequence[Value]) -> Value:
    """The bytes of an integer as a list, the lowest first or last."""
    code, (value, big_endian) = context.code, arguments
    little = [
        code.bin(BinOp.AND, code.bin(BinOp.LSHR, word, Imm(at)), Imm(0xFF))
        for word in value.words
        for at in range(0, min(8 * size_of(value.type), _WORD), 8)
    ]
    pairs = zip(little, reversed(little), strict=True)
    octets = [number(U8, code.select(big_endian.word, big, low)) for low, big in pairs]
    return lists.made(context, ListT(U8), octets)


NUMBER_BUILTINS: Final = {
    "number.int_bytes": _int_bytes,
    "number.root": _root,
    "number.min": _least,
    "number.max": _greatest,
    "number.abs": _absolute,
    "number.round": _round,
    "number.floor": _floor,
    "number.ceil": _ceil,
    "str.size": _size,
}
