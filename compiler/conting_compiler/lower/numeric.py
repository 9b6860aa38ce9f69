"""Operations on numbers of any type: dispatches to words, pairs of words and floats."""

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand
from conting_compiler.ir.typed import BinaryOp, CompareOp
from conting_compiler.ir.typesystem import F64, FloatT, IntT, Type
from conting_compiler.lower import arithmetic, floats, wide
from conting_compiler.lower.context import Value, number
from conting_compiler.lower.function_builder import FunctionBuilder
from conting_compiler.lower.wide import Words

_WORD = 64


def literal(kind: IntT, value: int) -> Value:
    """A known integer."""
    return Value(kind, wide.constant(value)) if is_wide(kind) else number(kind, Imm(value))


def is_wide(kind: Type) -> bool:
    """Whether values of the type are integers of two words."""
    return isinstance(kind, IntT) and kind.bits > _WORD


def words(code: FunctionBuilder, value: Value) -> Words:
    """An integer as two words."""
    assert isinstance(value.type, IntT)
    if is_wide(value.type):
        return value.words[0], value.words[1]
    return wide.widen(code, value.word, value.type)


def _magnitude(code: FunctionBuilder, value: Value) -> tuple[Operand, Words]:
    """Sign (1: negative) and absolute value of an integer."""
    assert isinstance(value.type, IntT)
    if not value.type.signed:
        return Imm(0), words(code, value)
    if is_wide(value.type):
        return wide.magnitude(code, words(code, value))
    sign = code.bin(BinOp.LSHR, value.word, Imm(_WORD - 1))
    mask = code.sub(Imm(0), sign)
    return sign, (code.sub(code.bin(BinOp.XOR, value.word, mask), mask), Imm(0))


def convert(code: FunctionBuilder, value: Value, target: IntT | FloatT) -> Value:
    """The number as another type; Fault.CONVERSION where it does not fit."""
    source = value.type
    if source == target:
        return value
    if isinstance(target, FloatT):
        return number(F64, floats.from_magnitude(code, *_magnitude(code, value)))
    if isinstance(source, FloatT):
        return _taken(target, floats.to_words(code, value.word, target))
    assert isinstance(source, IntT)
    return _resized(code, value, source, target)


def _resized(code: FunctionBuilder, value: Value, source: IntT, target: IntT) -> Value:
    if not is_wide(target):
        if is_wide(source):
            return number(target, wide.narrow(code, words(code, value), source, target))
        return number(target, arithmetic.convert(code, value.word, source, target))
    both = words(code, value)
    if is_wide(source):
        both = wide.change_sign(code, both)
    elif source.signed and not target.signed:
        code.fail_if(code.cmp(CmpOp.SLT, value.word, Imm(0)), Fault.CONVERSION)
    return Value(target, both)


def _taken(kind: IntT, both: Words) -> Value:
    return Value(kind, both) if is_wide(kind) else number(kind, both[0])


def compare(code: FunctionBuilder, op: CompareOp, left: Value, right: Value) -> Operand:
    """1 if the comparison holds, else 0: of two values of one type, or of an integer and an f64."""
    match left.type, right.type:
        case FloatT(), FloatT():
            return floats.compare(code, op, left.word, right.word)
        case FloatT(), IntT():
            return floats.compare_integer(code, op, left.word, *_magnitude(code, right))
        case IntT(), FloatT():
            opposite = _OPPOSITE.get(op, op)
            return floats.compare_integer(code, opposite, right.word, *_magnitude(code, left))
        case IntT(signed=signed) as kind, _ if is_wide(kind):
            both = words(code, left), words(code, right)
            return wide.compare(code, op, *both, signed=signed)
        case kind, _:
            signed = isinstance(kind, IntT) and kind.signed
            return arithmetic.compare(code, op, left.word, right.word, signed=signed)


_OPPOSITE = {
    CompareOp.LT: CompareOp.GT,
    CompareOp.LE: CompareOp.GE,
    CompareOp.GT: CompareOp.LT,
    CompareOp.GE: CompareOp.LE,
}


def negate(code: FunctionBuilder, value: Value) -> Value:
    """-value, checked."""
    match value.type:
        case FloatT():
            return number(F64, floats.negate(code, value.word))
        case IntT() as kind if is_wide(kind):
            return Value(kind, wide.negate(code, words(code, value), kind))
        case IntT() as kind:
            return number(kind, arithmetic.negate(code, value.word, kind))
        case kind:
            raise AssertionError(kind)


def invert(code: FunctionBuilder, value: Value) -> Value:
    """~value, checked."""
    kind = value.type
    assert isinstance(kind, IntT)
    if is_wide(kind):
        return Value(kind, wide.invert(code, words(code, value), kind))
    return number(kind, arithmetic.invert(code, value.word, kind))


def absolute(code: FunctionBuilder, value: Value) -> Value:
    """abs(value), checked."""
    kind = value.type
    if isinstance(kind, FloatT):
        return number(F64, floats.absolute(code, value.word))
    assert isinstance(kind, IntT)
    if not kind.signed:
        return value
    zero = literal(kind, 0)
    is_negative = compare(code, CompareOp.LT, value, zero)
    return choose(code, is_negative, negate(code, value), value)


def choose(code: FunctionBuilder, test: Operand, then: Value, otherwise: Value) -> Value:
    """One of two values that are both known."""
    pairs = zip(then.words, otherwise.words, strict=True)
    return Value(then.type, tuple(code.select(test, one, other) for one, other in pairs))


def binary(code: FunctionBuilder, op: BinaryOp, left: Value, right: Value) -> Value:
    """left op right, checked."""
    if op is BinaryOp.DIV and isinstance(left.type, IntT):
        return _ratio(code, left, right)
    if op is BinaryOp.POW and isinstance(left.type, IntT):
        return _power(code, left, right)
    if op is BinaryOp.POW and isinstance(right.type, FloatT):
        return number(F64, floats.real_power(code, left.word, right.word))
    match left.type:
        case FloatT():
            return number(F64, floats.binary(code, op, left.word, right.word))
        case IntT() as kind if is_wide(kind):
            both = words(code, left), words(code, right)
            return Value(kind, wide.binary(code, op, *both, kind))
        case IntT() as kind:
            return number(kind, arithmetic.binary(code, op, left.word, right.word, kind))
        case kind:
            raise AssertionError(kind)


def _ratio(code: FunctionBuilder, left: Value, right: Value) -> Value:
    """The quotient of two integers, rounded once."""
    (left_sign, dividend), (right_sign, divisor) = (
        _magnitude(code, left),
        _magnitude(code, right),
    )
    wide.check_divisor(code, divisor)
    sign = code.bin(BinOp.XOR, left_sign, right_sign)
    return number(F64, floats.ratio(code, sign, dividend, divisor))


def _power(code: FunctionBuilder, base: Value, exponent: Value) -> Value:
    """By squaring: a square is only computed where the result has it as a factor."""
    kind = base.type
    assert isinstance(kind, IntT)
    if isinstance(exponent.word, Imm):
        return _known_power(code, base, exponent.word.value)
    result = tuple(code.new_slot() for _ in base.words)
    factor = tuple(code.new_slot() for _ in base.words)
    left = code.new_slot()
    _set(code, result, literal(kind, 1))
    _set(code, factor, base)
    code.set(left, exponent.word)
    labels = [code.label(name) for name in ("power", "odd", "even", "square", "raised")]
    test, odd, even, square, end = labels
    code.branch(exponent.word, test, end)
    code.start(test)
    remaining = code.get(left)
    code.branch(code.bin(BinOp.AND, remaining, Imm(1)), odd, even)
    code.start(odd)
    _set(
        code, result, binary(code, BinaryOp.MUL, _get(code, result, kind), _get(code, factor, kind))
    )
    code.start(even)
    halved = code.bin(BinOp.LSHR, code.get(left), Imm(1))
    code.set(left, halved)
    code.branch(halved, square, end)
    code.start(square)
    now = _get(code, factor, kind)
    _set(code, factor, binary(code, BinaryOp.MUL, now, now))
    code.jump(test)
    code.start(end)
    return _get(code, result, kind)


def _known_power(code: FunctionBuilder, base: Value, exponent: int) -> Value:
    kind = base.type
    assert isinstance(kind, IntT)
    result: Value | None = None
    while exponent:
        if exponent & 1:
            result = base if result is None else binary(code, BinaryOp.MUL, result, base)
        exponent >>= 1
        if exponent:
            base = binary(code, BinaryOp.MUL, base, base)
    return literal(kind, 1) if result is None else result


def _set(code: FunctionBuilder, slots: tuple[int, ...], value: Value) -> None:
    for slot, word in zip(slots, value.words, strict=True):
        code.set(slot, word)


def _get(code: FunctionBuilder, slots: tuple[int, ...], kind: Type) -> Value:
    return Value(kind, tuple(code.get(slot) for slot in slots))


def first_by(code: FunctionBuilder, values: list[Value], op: CompareOp) -> Value:
    """The first of the values before which (by `op`) no other comes, as Python's min and max."""
    best = values[0]
    for value in values[1:]:
        best = choose(code, compare(code, op, value, best), value, best)
    return best


def integral(code: FunctionBuilder, value: Value, mode: Operand, kind: IntT) -> Value:
    """A float as an integer of the type, rounded by a mode of rt_f64_integral."""
    whole = number(F64, floats.integral(code, value.word, mode))
    return convert(code, whole, kind)
