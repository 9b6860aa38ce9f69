"""Checked integer arithmetic that equals Python's: a result that does not fit its type is a fault.

Numbers are 64-bit words, narrow types extended: an operation on a narrow type is exact in 64 bits
and its check one comparison. The machine has no signed division: // and % go over magnitudes.
"""

from collections.abc import Callable

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import BinaryOp, CompareOp
from conting_compiler.ir.typesystem import IntT
from conting_compiler.lower.function_builder import FunctionBuilder

_WORD = 64
_WORD_MAX = (1 << _WORD) - 1


def convert(code: FunctionBuilder, value: Operand, source: IntT, target: IntT) -> Operand:
    """The number as another type; Fault.CONVERSION where it does not fit."""
    if target.low <= source.low and source.high <= target.high:
        return value
    if not source.signed:
        code.fail_if(code.cmp(CmpOp.UGT, value, Imm(target.high)), Fault.CONVERSION)
    elif target.signed or target.bits < _WORD:
        _check_range(code, value, target, Fault.CONVERSION)
    else:
        code.fail_if(code.cmp(CmpOp.SLT, value, Imm(0)), Fault.CONVERSION)
    return value


def compare(
    code: FunctionBuilder, op: CompareOp, left: Operand, right: Operand, *, signed: bool
) -> Operand:
    """1 if the comparison of two numbers of one type holds, else 0."""
    return code.cmp((_SIGNED if signed else _UNSIGNED)[op], left, right)


def negate(code: FunctionBuilder, value: Operand, kind: IntT) -> Operand:
    """-value; of the unsigned numbers only 0 has one."""
    worst = kind.low
    op = CmpOp.EQ if kind.signed else CmpOp.NE
    code.fail_if(code.cmp(op, value, Imm(worst)), Fault.OVERFLOW)
    return code.sub(Imm(0), value)


def invert(code: FunctionBuilder, value: Operand, kind: IntT) -> Operand:
    """~value, which is -value - 1: it fits no unsigned type."""
    if not kind.signed:
        code.fail_if(Imm(1), Fault.OVERFLOW)
    return code.bin(BinOp.XOR, value, Imm(-1))


def binary(
    code: FunctionBuilder, op: BinaryOp, left: Operand, right: Operand, kind: IntT
) -> Operand:
    """left op right in the type."""
    return _OPERATIONS[op](code, left, right, kind)


_Operation = Callable[[FunctionBuilder, Operand, Operand, IntT], Operand]


def _check_range(code: FunctionBuilder, value: Operand, kind: IntT, fault: Fault) -> None:
    """Fault unless an exact result lies in the type; of whole words every one does."""
    if kind.signed and kind.bits < _WORD:
        value = code.add(value, Imm(-kind.low))
    if kind.bits < _WORD:
        code.fail_if(code.cmp(CmpOp.UGT, value, Imm(kind.high - kind.low)), fault)


def _add(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    result = code.add(left, right)
    if kind.bits < _WORD:
        _check_range(code, result, kind, Fault.OVERFLOW)
    elif kind.signed:
        _fail_if_sign(code, code.bin(BinOp.XOR, left, result), code.bin(BinOp.XOR, right, result))
    else:
        code.fail_if(code.cmp(CmpOp.ULT, result, left), Fault.OVERFLOW)
    return result


def _sub(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    if not kind.signed:
        code.fail_if(code.cmp(CmpOp.ULT, left, right), Fault.OVERFLOW)
        return code.sub(left, right)
    result = code.sub(left, right)
    if kind.bits < _WORD:
        _check_range(code, result, kind, Fault.OVERFLOW)
    else:
        _fail_if_sign(code, code.bin(BinOp.XOR, left, right), code.bin(BinOp.XOR, left, result))
    return result


def _fail_if_sign(code: FunctionBuilder, one: Operand, other: Operand) -> None:
    """Overflow where both words have the sign bit."""
    both = code.bin(BinOp.AND, one, other)
    code.fail_if(code.cmp(CmpOp.SLT, both, Imm(0)), Fault.OVERFLOW)


def _mul(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    if kind.bits < _WORD:
        result = code.bin(BinOp.MUL, left, right)
        _check_range(code, result, kind, Fault.OVERFLOW)
        return result
    if not kind.signed:
        return _mul_words(code, left, right)
    size = _mul_words(code, _magnitude(code, left), _magnitude(code, right))
    sign = _is_negative(code, code.bin(BinOp.XOR, left, right))
    limit = code.add(sign, Imm(kind.high))
    code.fail_if(code.cmp(CmpOp.UGT, size, limit), Fault.OVERFLOW)
    return _with_sign(code, size, sign)


def _mul_words(code: FunctionBuilder, left: Operand, right: Operand) -> Operand:
    """The product of two unsigned words, checked by dividing it again."""
    if isinstance(left, Imm):
        left, right = right, left
    if isinstance(right, Imm) and right.value != 0:
        limit = _WORD_MAX // (right.value & _WORD_MAX)
        code.fail_if(code.cmp(CmpOp.UGT, left, Imm(limit)), Fault.OVERFLOW)
        return code.bin(BinOp.MUL, left, right)
    product = code.bin(BinOp.MUL, left, right)
    divide, done = code.label("divide"), code.label("multiplied")
    code.branch(left, divide, done)
    code.start(divide)
    again = code.bin(BinOp.UDIV, product, left)
    code.branch(code.cmp(CmpOp.EQ, again, right), done, code.fault(Fault.OVERFLOW))
    code.start(done)
    return product


def _floor_div(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    _check_divisor(code, right)
    if not kind.signed:
        return code.bin(BinOp.UDIV, left, right)
    dividend, divisor = _magnitude(code, left), _magnitude(code, right)
    quotient = code.bin(BinOp.UDIV, dividend, divisor)
    rest = code.sub(dividend, code.bin(BinOp.MUL, quotient, divisor))
    inexact = code.cmp(CmpOp.NE, rest, Imm(0))
    sign = _is_negative(code, code.bin(BinOp.XOR, left, right))
    rounded = code.add(quotient, code.bin(BinOp.AND, sign, inexact))
    result = _with_sign(code, rounded, sign)
    if kind.bits < _WORD:
        _check_range(code, result, kind, Fault.OVERFLOW)
    else:  # only the least number by -1 does not fit
        limit = code.add(sign, Imm(kind.high))
        code.fail_if(code.cmp(CmpOp.UGT, rounded, limit), Fault.OVERFLOW)
    return result


def _mod(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    _check_divisor(code, right)
    if not kind.signed:
        return code.bin(BinOp.UREM, left, right)
    size = code.bin(BinOp.UREM, _magnitude(code, left), _magnitude(code, right))
    rest = _with_sign(code, size, _is_negative(code, left))
    opposed = code.cmp(CmpOp.SLT, code.bin(BinOp.XOR, rest, right), Imm(0))
    wrong = code.bin(BinOp.AND, opposed, code.cmp(CmpOp.NE, rest, Imm(0)))
    return code.add(rest, code.select(wrong, right, Imm(0)))


def _check_divisor(code: FunctionBuilder, divisor: Operand) -> None:
    if not isinstance(divisor, Imm) or divisor.value == 0:
        code.fail_if(code.cmp(CmpOp.EQ, divisor, Imm(0)), Fault.DIVISION_BY_ZERO)


def _is_negative(code: FunctionBuilder, value: Operand) -> Operand:
    return code.bin(BinOp.LSHR, value, Imm(_WORD - 1))


def _magnitude(code: FunctionBuilder, value: Operand) -> Operand:
    """The absolute value as an unsigned word."""
    return _with_sign(code, value, _is_negative(code, value))


def _with_sign(code: FunctionBuilder, value: Operand, sign: Operand) -> Operand:
    """-value if sign else value, wrapping: flipping all bits of value - 1 negates."""
    mask = code.sub(Imm(0), sign)
    return code.sub(code.bin(BinOp.XOR, value, mask), mask)


def _bitwise(op: BinOp) -> _Operation:
    def operation(code: FunctionBuilder, left: Operand, right: Operand, _: IntT) -> Operand:
        return code.bin(op, left, right)

    return operation


def _shift_left(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    """left * 2**right: shifted back it must be the same; by a word or more only 0 fits."""
    _check_shift(code, right, kind)
    far = code.cmp(CmpOp.UGE, right, Imm(_WORD))
    lost = code.bin(BinOp.AND, far, code.cmp(CmpOp.NE, left, Imm(0)))
    code.fail_if(lost, Fault.OVERFLOW)
    result = code.bin(BinOp.SHL, left, right)
    back = code.bin(BinOp.ASHR if kind.signed else BinOp.LSHR, result, right)
    code.fail_if(code.cmp(CmpOp.NE, back, left), Fault.OVERFLOW)
    _check_range(code, result, kind, Fault.OVERFLOW)
    return result


def _shift_right(code: FunctionBuilder, left: Operand, right: Operand, kind: IntT) -> Operand:
    """left // 2**right: by a word or more what is left is the sign."""
    _check_shift(code, right, kind)
    far = code.cmp(CmpOp.UGE, right, Imm(_WORD))
    if kind.signed:
        return code.bin(BinOp.ASHR, left, code.select(far, Imm(_WORD - 1), right))
    return code.select(far, Imm(0), code.bin(BinOp.LSHR, left, right))


def _check_shift(code: FunctionBuilder, amount: Operand, kind: IntT) -> None:
    if kind.signed:
        code.fail_if(code.cmp(CmpOp.SLT, amount, Imm(0)), Fault.OVERFLOW)


_OPERATIONS: dict[BinaryOp, _Operation] = {
    BinaryOp.ADD: _add,
    BinaryOp.SUB: _sub,
    BinaryOp.MUL: _mul,
    BinaryOp.FLOOR_DIV: _floor_div,
    BinaryOp.MOD: _mod,
    BinaryOp.AND: _bitwise(BinOp.AND),
    BinaryOp.OR: _bitwise(BinOp.OR),
    BinaryOp.XOR: _bitwise(BinOp.XOR),
    BinaryOp.SHIFT_LEFT: _shift_left,
    BinaryOp.SHIFT_RIGHT: _shift_right,
}
_UNSIGNED: dict[CompareOp, CmpOp] = {
    CompareOp.EQ: CmpOp.EQ,
    CompareOp.NE: CmpOp.NE,
    CompareOp.LT: CmpOp.ULT,
    CompareOp.LE: CmpOp.ULE,
    CompareOp.GT: CmpOp.UGT,
    CompareOp.GE: CmpOp.UGE,
}
_SIGNED: dict[CompareOp, CmpOp] = {
    CompareOp.EQ: CmpOp.EQ,
    CompareOp.NE: CmpOp.NE,
    CompareOp.LT: CmpOp.SLT,
    CompareOp.LE: CmpOp.SLE,
    CompareOp.GT: CmpOp.SGT,
    CompareOp.GE: CmpOp.SGE,
}
