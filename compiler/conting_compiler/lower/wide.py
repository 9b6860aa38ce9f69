"""Checked arithmetic on integers of 128 bits, each two words: low, high.

Additions and comparisons are written out; products and quotients are runtime functions (rt/wide.ll)
over magnitudes, for the machine multiplies and divides words only.
"""

from collections.abc import Callable

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import BinaryOp, CompareOp
from conting_compiler.ir.typesystem import IntT
from conting_compiler.lower.function_builder import FunctionBuilder

BITS = 128
_WORD = 64
_WORD_MASK = (1 << _WORD) - 1
_WORD_SIZE = 8
_TOP = 1 << (_WORD - 1)

Words = tuple[Operand, Operand]
"""A number of 128 bits: its low word, its high word."""


def constant(value: int) -> Words:
    """A known number."""
    return Imm(value & _WORD_MASK), Imm(value >> _WORD & _WORD_MASK)


def widen(code: FunctionBuilder, word: Operand, source: IntT) -> Words:
    """A number of one word as two."""
    if isinstance(word, Imm):
        value = word.value & _WORD_MASK
        is_negative = source.signed and value >= _TOP
        return Imm(value), Imm(-1 if is_negative else 0)
    return word, code.bin(BinOp.ASHR, word, Imm(_WORD - 1)) if source.signed else Imm(0)


def narrow(code: FunctionBuilder, words: Words, source: IntT, target: IntT) -> Operand:
    """A number of two words as one of at most 64 bits; Fault.CONVERSION where it does not fit."""
    low, high = words
    if target.signed and target.bits == _WORD:
        code.fail_if(_top_differs(code, low, high, source), Fault.CONVERSION)
        return low
    if target.signed:
        code.fail_if(_top_differs(code, low, high, source), Fault.CONVERSION)
        moved = code.add(low, Imm(-target.low))
        code.fail_if(code.cmp(CmpOp.UGT, moved, Imm(target.high - target.low)), Fault.CONVERSION)
        return low
    code.fail_if(code.cmp(CmpOp.NE, high, Imm(0)), Fault.CONVERSION)
    if target.bits < _WORD:
        code.fail_if(code.cmp(CmpOp.UGT, low, Imm(target.high)), Fault.CONVERSION)
    return low


def _top_differs(code: FunctionBuilder, low: Operand, high: Operand, source: IntT) -> Operand:
    """1 unless the high word is the sign of the low one (and the number, if unsigned, not huge)."""
    sign = code.bin(BinOp.ASHR, low, Imm(_WORD - 1))
    differs = code.cmp(CmpOp.NE, high, sign)
    if source.signed:
        return differs
    return code.bin(BinOp.OR, differs, code.cmp(CmpOp.NE, high, Imm(0)))


def change_sign(code: FunctionBuilder, words: Words) -> Words:
    """A number as the other type of 128 bits: the top bit must be 0 in both."""
    code.fail_if(code.cmp(CmpOp.SLT, words[1], Imm(0)), Fault.CONVERSION)
    return words


def compare(
    code: FunctionBuilder, op: CompareOp, left: Words, right: Words, *, signed: bool
) -> Operand:
    """1 if the comparison holds, else 0."""
    if op in {CompareOp.EQ, CompareOp.NE}:
        low = code.bin(BinOp.XOR, left[0], right[0])
        high = code.bin(BinOp.XOR, left[1], right[1])
        different = code.bin(BinOp.OR, low, high)
        return code.cmp(CmpOp.EQ if op is CompareOp.EQ else CmpOp.NE, different, Imm(0))
    by_high, by_low = (_SIGNED if signed else _UNSIGNED)[op], _UNSIGNED[op]
    same = code.cmp(CmpOp.EQ, left[1], right[1])
    low = code.cmp(by_low, left[0], right[0])
    return code.select(same, low, code.cmp(by_high, left[1], right[1]))


def negate(code: FunctionBuilder, words: Words, kind: IntT) -> Words:
    """-value; of the unsigned numbers only 0 has one."""
    if kind.signed:
        worst = code.bin(BinOp.OR, words[0], code.bin(BinOp.XOR, words[1], Imm(_TOP)))
        code.fail_if(code.cmp(CmpOp.EQ, worst, Imm(0)), Fault.OVERFLOW)
    else:
        some = code.bin(BinOp.OR, *words)
        code.fail_if(code.cmp(CmpOp.NE, some, Imm(0)), Fault.OVERFLOW)
    return opposite(code, words)


def opposite(code: FunctionBuilder, words: Words) -> Words:
    """-value, wrapping."""
    borrow = code.cmp(CmpOp.NE, words[0], Imm(0))
    return code.sub(Imm(0), words[0]), code.sub(code.sub(Imm(0), words[1]), borrow)


def invert(code: FunctionBuilder, words: Words, kind: IntT) -> Words:
    """~value, which is -value - 1: it fits no unsigned type."""
    if not kind.signed:
        code.fail_if(Imm(1), Fault.OVERFLOW)
    return code.bin(BinOp.XOR, words[0], Imm(-1)), code.bin(BinOp.XOR, words[1], Imm(-1))


def magnitude(code: FunctionBuilder, words: Words) -> tuple[Operand, Words]:
    """The sign of a signed number (1 if negative) and its absolute value, unsigned."""
    sign = code.bin(BinOp.LSHR, words[1], Imm(_WORD - 1))
    return sign, _with_sign(code, words, sign)


def _with_sign(code: FunctionBuilder, words: Words, sign: Operand) -> Words:
    """-value if sign else value, wrapping: flipping all bits and adding 1 negates."""
    mask = code.sub(Imm(0), sign)
    low = code.add(code.bin(BinOp.XOR, words[0], mask), sign)
    carry = code.bin(BinOp.AND, code.cmp(CmpOp.EQ, low, Imm(0)), sign)
    return low, code.add(code.bin(BinOp.XOR, words[1], mask), carry)


def binary(code: FunctionBuilder, op: BinaryOp, left: Words, right: Words, kind: IntT) -> Words:
    """left op right in the type."""
    return _OPERATIONS[op](code, left, right, kind)


_Operation = Callable[[FunctionBuilder, Words, Words, IntT], Words]


def _add(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    low = code.add(left[0], right[0])
    carry = code.cmp(CmpOp.ULT, low, left[0])
    part = code.add(left[1], right[1])
    high = code.add(part, carry)
    if kind.signed:
        _fail_if_sign(code, code.bin(BinOp.XOR, left[1], high), code.bin(BinOp.XOR, right[1], high))
    else:
        lost = code.cmp(CmpOp.ULT, part, left[1])
        code.fail_if(code.bin(BinOp.OR, lost, code.cmp(CmpOp.ULT, high, part)), Fault.OVERFLOW)
    return low, high


def _sub(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    if not kind.signed:
        below = compare(code, CompareOp.LT, left, right, signed=False)
        code.fail_if(below, Fault.OVERFLOW)
    borrow = code.cmp(CmpOp.ULT, left[0], right[0])
    low = code.sub(left[0], right[0])
    high = code.sub(code.sub(left[1], right[1]), borrow)
    if kind.signed:
        _fail_if_sign(
            code, code.bin(BinOp.XOR, left[1], right[1]), code.bin(BinOp.XOR, left[1], high)
        )
    return low, high


def _fail_if_sign(code: FunctionBuilder, one: Operand, other: Operand) -> None:
    both = code.bin(BinOp.AND, one, other)
    code.fail_if(code.cmp(CmpOp.SLT, both, Imm(0)), Fault.OVERFLOW)


def _mul(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    if not kind.signed:
        return _product(code, left, right)
    left_sign, left_size = magnitude(code, left)
    right_sign, right_size = magnitude(code, right)
    size = _product(code, left_size, right_size)
    sign = code.bin(BinOp.XOR, left_sign, right_sign)
    return _fitting(code, size, sign)


def _fitting(code: FunctionBuilder, size: Words, sign: Operand) -> Words:
    """The signed number of a magnitude: one that is too large comes out with the other sign."""
    result = _with_sign(code, size, sign)
    some = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *size), Imm(0))
    negative = code.bin(BinOp.LSHR, result[1], Imm(_WORD - 1))
    wrong = code.bin(BinOp.AND, some, code.bin(BinOp.XOR, negative, sign))
    code.fail_if(wrong, Fault.OVERFLOW)
    return result


def _product(code: FunctionBuilder, left: Words, right: Words) -> Words:
    out = code.scratch("wide", 4 * _WORD_SIZE)
    code.fail_if(code.call("rt_multiply128", out, *left, *right), Fault.OVERFLOW)
    return code.load(out), code.load(out, _WORD_SIZE)


def _divide(code: FunctionBuilder, left: Words, right: Words) -> tuple[Words, Words]:
    """Quotient and remainder of unsigned numbers."""
    out = code.scratch("wide", 4 * _WORD_SIZE)
    code.run("rt_divide128", out, *left, *right)
    words = [code.load(out, _WORD_SIZE * index) for index in range(4)]
    return (words[0], words[1]), (words[2], words[3])


def _floor_div(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    check_divisor(code, right)
    if not kind.signed:
        return _divide(code, left, right)[0]
    left_sign, left_size = magnitude(code, left)
    right_sign, right_size = magnitude(code, right)
    quotient, rest = _divide(code, left_size, right_size)
    sign = code.bin(BinOp.XOR, left_sign, right_sign)
    inexact = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *rest), Imm(0))
    step = code.bin(BinOp.AND, sign, inexact)
    low = code.add(quotient[0], step)
    carry = code.cmp(CmpOp.ULT, low, quotient[0])
    return _fitting(code, (low, code.add(quotient[1], carry)), sign)


def _mod(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    check_divisor(code, right)
    if not kind.signed:
        return _divide(code, left, right)[1]
    left_sign, left_size = magnitude(code, left)
    right_sign, right_size = magnitude(code, right)
    size = _divide(code, left_size, right_size)[1]
    rest = _with_sign(code, size, left_sign)
    some = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *size), Imm(0))
    wrong = code.bin(BinOp.AND, some, code.bin(BinOp.XOR, left_sign, right_sign))
    low = code.add(rest[0], code.select(wrong, right[0], Imm(0)))
    carry = code.cmp(CmpOp.ULT, low, rest[0])
    high = code.add(code.add(rest[1], code.select(wrong, right[1], Imm(0))), carry)
    return low, high


def check_divisor(code: FunctionBuilder, divisor: Words) -> None:
    """Fault.DIVISION_BY_ZERO unless the divisor is another number."""
    some = code.bin(BinOp.OR, *divisor)
    code.fail_if(code.cmp(CmpOp.EQ, some, Imm(0)), Fault.DIVISION_BY_ZERO)


def _bitwise(op: BinOp) -> _Operation:
    def operation(code: FunctionBuilder, left: Words, right: Words, _: IntT) -> Words:
        return code.bin(op, left[0], right[0]), code.bin(op, left[1], right[1])

    return operation


def _shift_left(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    """left * 2**right: shifted back it must be the same; by all bits or more only 0 fits."""
    far = _is_far(code, right, kind)
    some = code.cmp(CmpOp.NE, code.bin(BinOp.OR, *left), Imm(0))
    code.fail_if(code.bin(BinOp.AND, far, some), Fault.OVERFLOW)
    result = _moved_up(code, left, right[0])
    back = _moved_down(code, result, right[0], signed=kind.signed)
    same = compare(code, CompareOp.EQ, back, left, signed=False)
    ok = code.bin(BinOp.OR, same, far)
    code.fail_unless(ok, Fault.OVERFLOW)
    return code.select(far, Imm(0), result[0]), code.select(far, Imm(0), result[1])


def _shift_right(code: FunctionBuilder, left: Words, right: Words, kind: IntT) -> Words:
    """left // 2**right: by all bits or more what is left is the sign."""
    far = _is_far(code, right, kind)
    low, high = _moved_down(code, left, right[0], signed=kind.signed)
    sign = code.bin(BinOp.ASHR, left[1], Imm(_WORD - 1)) if kind.signed else Imm(0)
    return code.select(far, sign, low), code.select(far, sign, high)


def _is_far(code: FunctionBuilder, amount: Words, kind: IntT) -> Operand:
    """1 if the amount is 128 or more; Fault.OVERFLOW if it is negative."""
    if kind.signed:
        code.fail_if(code.cmp(CmpOp.SLT, amount[1], Imm(0)), Fault.OVERFLOW)
    large = code.cmp(CmpOp.UGE, amount[0], Imm(BITS))
    return code.bin(BinOp.OR, large, code.cmp(CmpOp.NE, amount[1], Imm(0)))


def _moved_up(code: FunctionBuilder, words: Words, amount: Operand) -> Words:
    """Shifted left by the amount modulo 128; the machine's own shifts go modulo 64."""
    is_word = code.bin(BinOp.AND, amount, Imm(_WORD))
    low = code.bin(BinOp.SHL, words[0], amount)
    half = code.bin(BinOp.LSHR, words[0], Imm(1))
    carried = code.bin(BinOp.LSHR, half, code.bin(BinOp.XOR, amount, Imm(_WORD - 1)))
    high = code.bin(BinOp.OR, code.bin(BinOp.SHL, words[1], amount), carried)
    whole = code.cmp(CmpOp.NE, is_word, Imm(0))
    return code.select(whole, Imm(0), low), code.select(whole, low, high)


def _moved_down(code: FunctionBuilder, words: Words, amount: Operand, *, signed: bool) -> Words:
    """Shifted right by the amount modulo 128."""
    shift = BinOp.ASHR if signed else BinOp.LSHR
    high = code.bin(shift, words[1], amount)
    double = code.bin(BinOp.SHL, words[1], Imm(1))
    carried = code.bin(BinOp.SHL, double, code.bin(BinOp.XOR, amount, Imm(_WORD - 1)))
    low = code.bin(BinOp.OR, code.bin(BinOp.LSHR, words[0], amount), carried)
    whole = code.cmp(CmpOp.NE, code.bin(BinOp.AND, amount, Imm(_WORD)), Imm(0))
    sign = code.bin(BinOp.ASHR, words[1], Imm(_WORD - 1)) if signed else Imm(0)
    return code.select(whole, high, low), code.select(whole, sign, high)


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
    CompareOp.LT: CmpOp.ULT,
    CompareOp.LE: CmpOp.ULE,
    CompareOp.GT: CmpOp.UGT,
    CompareOp.GE: CmpOp.UGE,
}
_SIGNED: dict[CompareOp, CmpOp] = {
    CompareOp.LT: CmpOp.SLT,
    CompareOp.LE: CmpOp.SLE,
    CompareOp.GT: CmpOp.SGT,
    CompareOp.GE: CmpOp.SGE,
}
