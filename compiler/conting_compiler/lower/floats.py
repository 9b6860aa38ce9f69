"""f64 by runtime functions (rt/float.ll): a float is the word of its bits.

What Python refuses with an exception is a fault: a division by zero, a number that no integer type
holds. Infinities and NaNs come out of + - * / as IEEE 754 says.
"""

import struct
from typing import Final

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import BinaryOp, CompareOp
from conting_compiler.ir.typesystem import IntT
from conting_compiler.lower import wide
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.wide import Words

_SIGN: Final = 1 << 63
_TWICE_INFINITY: Final = 0x7FF << 53
_WORD: Final = 64

_SQUARE: Final = Imm(2)
DOWN, UP, NEAREST = Imm(1), Imm(2), Imm(3)
"""Modes of rt_f64_integral."""


def constant(value: float) -> Imm:
    """A known float."""
    return Imm(int.from_bytes(struct.pack("<d", value), "little"))


def is_nan(code: FunctionBuilder, word: Operand) -> Operand:
    """1 if the float is a NaN, else 0."""
    if isinstance(word, Imm):
        return Imm(int(word.value << 1 & (1 << _WORD) - 1 > _TWICE_INFINITY))
    return code.cmp(CmpOp.UGT, code.bin(BinOp.SHL, word, Imm(1)), Imm(_TWICE_INFINITY))


def check_storable(code: FunctionBuilder, word: Operand) -> None:
    """Fault.CONVERSION for a NaN: Borsh has none."""
    nan = is_nan(code, word)
    if nan != Imm(0):
        code.fail_if(nan, Fault.CONVERSION)


def from_magnitude(code: FunctionBuilder, sign: Operand, words: Words) -> Operand:
    """The float nearest to an integer; `sign` is 1 if it is negative."""
    bit = code.bin(BinOp.SHL, sign, Imm(_WORD - 1)) if sign != Imm(0) else Imm(0)
    if words[1] == Imm(0):
        return code.call("rt_f64_from_word", bit, words[0])
    return code.call("rt_f64_from_words", bit, *words)


def to_words(code: FunctionBuilder, word: Operand, kind: IntT) -> Words:
    """The integer towards zero in two words; Fault.CONVERSION unless the type has it."""
    out = code.scratch("wide", 32)
    code.fail_if(code.call("rt_f64_truncate", out, word), Fault.CONVERSION)
    size = code.load(out), code.load(out, 8)
    sign = code.bin(BinOp.LSHR, word, Imm(_WORD - 1))
    highest = wide.constant(kind.high)
    if not kind.signed:
        some = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *size), Imm(0))
        code.fail_if(code.bin(BinOp.AND, sign, some), Fault.CONVERSION)
        if kind.bits < wide.BITS:
            above = wide.compare(code, CompareOp.GT, size, highest, signed=False)
            code.fail_if(above, Fault.CONVERSION)
        return size
    low = code.sub(size[0], sign)
    borrow = code.cmp(CmpOp.ULT, size[0], sign)
    lowered = low, code.sub(size[1], borrow)
    some = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *size), Imm(0))
    above = wide.compare(code, CompareOp.GT, lowered, highest, signed=False)
    code.fail_if(code.bin(BinOp.AND, some, above), Fault.CONVERSION)
    opposite = wide.opposite(code, size)
    return (
        code.select(sign, opposite[0], size[0]),
        code.select(sign, opposite[1], size[1]),
    )


def compare(code: FunctionBuilder, op: CompareOp, left: Operand, right: Operand) -> Operand:
    """1 if the comparison holds, else 0; a NaN is equal to nothing."""
    return _holds(code, op, code.call("rt_f64_order", left, right))


def compare_integer(
    code: FunctionBuilder, op: CompareOp, left: Operand, sign: Operand, size: Words
) -> Operand:
    """As compare, of a float with the integer of that sign (1: negative) and magnitude, exactly."""
    bit = code.bin(BinOp.SHL, sign, Imm(_WORD - 1))
    return _holds(code, op, code.call("rt_f64_order_integer", left, bit, *size))


def _holds(code: FunctionBuilder, op: CompareOp, order: Operand) -> Operand:
    comparison, limit = _ORDERS[op]
    if op is CompareOp.GE:
        order = code.add(order, Imm(-1))
    return code.cmp(comparison, order, Imm(limit))


def negate(code: FunctionBuilder, word: Operand) -> Operand:
    """-value."""
    return code.bin(BinOp.XOR, word, Imm(_SIGN))


def absolute(code: FunctionBuilder, word: Operand) -> Operand:
    """abs(value)."""
    return code.bin(BinOp.AND, word, Imm(_SIGN - 1))


def integral(code: FunctionBuilder, word: Operand, mode: Operand) -> Operand:
    """The float without a fraction, by a mode."""
    return code.call("rt_f64_integral", word, mode)


def ratio(code: FunctionBuilder, sign: Operand, left: Words, right: Words) -> Operand:
    """The float nearest to the quotient of two integers; `sign` is 1 if it is negative."""
    size = code.call("rt_f64_ratio", *left, *right)
    return code.bin(BinOp.OR, size, code.bin(BinOp.SHL, sign, Imm(_WORD - 1)))


def power(code: FunctionBuilder, base: Operand, exponent: Operand) -> Operand:
    """base ** exponent, an i64; Fault.OVERFLOW where an infinity comes out of a finite number."""
    twice = code.bin(BinOp.SHL, base, Imm(1))
    if not isinstance(exponent, Imm) or exponent.value >> (_WORD - 1):
        negative = code.cmp(CmpOp.SLT, exponent, Imm(0))
        is_zero = code.cmp(CmpOp.EQ, twice, Imm(0))
        code.fail_if(code.bin(BinOp.AND, is_zero, negative), Fault.DIVISION_BY_ZERO)
    if exponent == _SQUARE:
        result = code.call("rt_f64_multiply", base, base)
    else:
        result = code.call("rt_f64_power", base, exponent)
    infinite = code.cmp(CmpOp.EQ, code.bin(BinOp.SHL, result, Imm(1)), Imm(_TWICE_INFINITY))
    finite = code.cmp(CmpOp.ULT, twice, Imm(_TWICE_INFINITY))
    code.fail_if(code.bin(BinOp.AND, infinite, finite), Fault.OVERFLOW)
    return result


def real_power(code: FunctionBuilder, base: Operand, exponent: Operand) -> Operand:
    """base ** exponent, an f64; a fault where finite numbers give an infinity or a NaN."""
    result = code.call("rt_f64_pow", base, exponent)
    twice = code.bin(BinOp.SHL, base, Imm(1))
    limits = [(CmpOp.UGE, code.bin(BinOp.SHL, result, Imm(1))), (CmpOp.ULT, twice)]
    limits.append((CmpOp.ULT, code.bin(BinOp.SHL, exponent, Imm(1))))
    tests = [code.cmp(op, each, Imm(_TWICE_INFINITY)) for op, each in limits]
    lost = code.bin(BinOp.AND, code.bin(BinOp.AND, tests[0], tests[1]), tests[2])
    of_zero = code.bin(BinOp.AND, lost, code.cmp(CmpOp.EQ, twice, Imm(0)))
    code.fail_if(of_zero, Fault.DIVISION_BY_ZERO)
    code.fail_if(lost, Fault.OVERFLOW)
    return result


def root(code: FunctionBuilder, word: Operand) -> Operand:
    """word ** 0.5; Fault.OVERFLOW for a finite number below 0, whose root is no f64."""
    past_zero = code.add(word, Imm(-_SIGN - 1))
    code.fail_if(code.cmp(CmpOp.ULT, past_zero, Imm((_TWICE_INFINITY >> 1) - 1)), Fault.OVERFLOW)
    return code.call("rt_f64_root", word)


def binary(code: FunctionBuilder, op: BinaryOp, left: Operand, right: Operand) -> Operand:
    """left op right."""
    if op is BinaryOp.POW:
        return power(code, left, right)
    if op in _DIVISIONS:
        code.fail_if(
            code.cmp(CmpOp.EQ, code.bin(BinOp.SHL, right, Imm(1)), Imm(0)), Fault.DIVISION_BY_ZERO
        )
    return code.call(_FUNCTIONS[op], left, right)


_DIVISIONS: Final = frozenset({BinaryOp.DIV, BinaryOp.FLOOR_DIV, BinaryOp.MOD})
_FUNCTIONS: Final = {
    BinaryOp.ADD: "rt_f64_add",
    BinaryOp.SUB: "rt_f64_subtract",
    BinaryOp.MUL: "rt_f64_multiply",
    BinaryOp.DIV: "rt_f64_divide",
    BinaryOp.FLOOR_DIV: "rt_f64_floor_divide",
    BinaryOp.MOD: "rt_f64_modulo",
}
_ORDERS: Final = {
    CompareOp.EQ: (CmpOp.EQ, 1),
    CompareOp.NE: (CmpOp.NE, 1),
    CompareOp.LT: (CmpOp.EQ, 0),
    CompareOp.LE: (CmpOp.ULT, 2),
    CompareOp.GT: (CmpOp.EQ, 2),
    CompareOp.GE: (CmpOp.ULT, 2),
}
"""How rt_f64_order's answer is read: 0 less, 1 equal, 2 greater, 3 unordered; GE after taking 1."""
