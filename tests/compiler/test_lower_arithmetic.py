"""Every operator at every width against Python's own integers, on the SVM in both ELF versions."""

import itertools
import operator
from collections.abc import Callable

import pytest
from conting_compiler.ir import typed
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typed import BinaryOp, CompareOp, UnaryOp
from conting_compiler.ir.typesystem import BOOL, IntT, Type

from tests.compiler.typed_programs import (
    FORMS,
    SPAN,
    Arch,
    Chain,
    build,
    check,
    equals,
    instruction,
    integer,
    local,
    packed,
    program,
)

pytestmark = pytest.mark.slow

TYPES = [IntT(bits, signed=signed) for bits in (8, 16, 32, 64) for signed in (False, True)]
PYTHON: dict[BinaryOp, Callable[[int, int], int]] = {
    BinaryOp.ADD: operator.add,
    BinaryOp.SUB: operator.sub,
    BinaryOp.MUL: operator.mul,
    BinaryOp.FLOOR_DIV: operator.floordiv,
    BinaryOp.MOD: operator.mod,
    BinaryOp.AND: operator.and_,
    BinaryOp.OR: operator.or_,
    BinaryOp.XOR: operator.xor,
    BinaryOp.SHIFT_LEFT: operator.lshift,
    BinaryOp.SHIFT_RIGHT: operator.rshift,
}
COMPARE: dict[CompareOp, Callable[[int, int], bool]] = {
    CompareOp.EQ: operator.eq,
    CompareOp.NE: operator.ne,
    CompareOp.LT: operator.lt,
    CompareOp.LE: operator.le,
    CompareOp.GT: operator.gt,
    CompareOp.GE: operator.ge,
}


def edges(kind: IntT) -> list[int]:
    """Both ends, zero, the neighbours of each, and some in between."""
    near = {0, 1, 2, 3, 7, 63, 64, 65, kind.high // 2 + 1, kind.low, kind.low + 1}
    near |= {kind.high, kind.high - 1, 1 << (kind.bits // 2), (1 << (kind.bits // 2)) - 1}
    if kind.signed:
        near |= {-1, -2, -3, -7, -(1 << (kind.bits // 2)), kind.low // 2}
    return sorted(v for v in near if kind.low <= v <= kind.high)


def expected(op: BinaryOp, left: int, right: int, kind: IntT) -> int | Fault:
    """What Python says, and the fault where the result does not fit."""
    if op in {BinaryOp.FLOOR_DIV, BinaryOp.MOD} and right == 0:
        return Fault.DIVISION_BY_ZERO
    if op in {BinaryOp.SHIFT_LEFT, BinaryOp.SHIFT_RIGHT} and right < 0:
        return Fault.OVERFLOW
    if op is BinaryOp.SHIFT_LEFT and right > 200:
        return 0 if left == 0 else Fault.OVERFLOW
    result = PYTHON[op](left, right)
    return result if kind.low <= result <= kind.high else Fault.OVERFLOW


def binary_name(op: BinaryOp, kind: IntT) -> str:
    return f"{op.name.lower()}_{kind}"


def binary_instruction(op: BinaryOp, kind: IntT) -> typed.Instruction:
    """Arguments left, right, result; asserts left op right == result."""
    value = typed.Binary(op, local("left", kind), local("right", kind), kind, SPAN)
    condition = equals(value, local("result", kind))
    arguments = [(name, kind) for name in ("left", "right", "result")]
    return instruction(binary_name(op, kind), [check(condition)], arguments=arguments)


def compare_instruction(op: CompareOp, kind: IntT) -> typed.Instruction:
    value = typed.Compare(op, local("left", kind), local("right", kind), BOOL, SPAN)
    condition = equals(value, local("result", BOOL))
    arguments: list[tuple[str, Type]] = [("left", kind), ("right", kind), ("result", BOOL)]
    return instruction(f"{op.name.lower()}_{kind}", [check(condition)], arguments=arguments)


def unary_instruction(op: UnaryOp, kind: IntT) -> typed.Instruction:
    value = typed.Unary(op, local("value", kind), kind, SPAN)
    condition = equals(value, local("result", kind))
    arguments = [("value", kind), ("result", kind)]
    return instruction(f"{op.name.lower()}_{kind}", [check(condition)], arguments=arguments)


def convert_instruction(source: IntT, target: IntT) -> typed.Instruction:
    value = typed.Convert(local("value", source), target, SPAN)
    condition = equals(value, local("result", target))
    arguments = [("value", source), ("result", target)]
    return instruction(f"{source}_as_{target}", [check(condition)], arguments=arguments)


def times_constant(factor: int, kind: IntT) -> typed.Instruction:
    product = typed.Binary(BinaryOp.MUL, local("value", kind), integer(factor, kind), kind, SPAN)
    condition = equals(product, local("result", kind))
    arguments = [("value", kind), ("result", kind)]
    return instruction(f"times_{factor}_{kind}", [check(condition)], arguments=arguments)


FACTORS = (0, 1, 2, 10_000, (1 << 63) - 1)


@pytest.fixture(scope="module", params=FORMS)
def chain(request: pytest.FixtureRequest) -> Chain:
    arch: Arch = request.param
    instructions = [
        *(binary_instruction(op, kind) for op in PYTHON for kind in TYPES),
        *(compare_instruction(op, kind) for op in CompareOp for kind in TYPES),
        *(unary_instruction(op, k) for op in (UnaryOp.NEGATE, UnaryOp.INVERT) for k in TYPES),
        *(convert_instruction(source, target) for source in TYPES for target in TYPES),
        *(times_constant(factor, kind) for factor in FACTORS for kind in TYPES[-2:]),
    ]
    return Chain(build(program(instructions), arch))


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("op", PYTHON)
def test_binary_equals_python(chain: Chain, op: BinaryOp, kind: IntT) -> None:
    good, name = [], binary_name(op, kind)
    for left, right in itertools.product(edges(kind), repeat=2):
        wanted = expected(op, left, right, kind)
        data = packed(left, kind) + packed(right, kind)
        if isinstance(wanted, Fault):
            assert chain.run(name, data + packed(0, kind)) == wanted, (left, op, right)
        else:
            good.append(data + packed(wanted, kind))
    assert chain.all_succeed(name, good)


@pytest.mark.parametrize("kind", TYPES, ids=str)
@pytest.mark.parametrize("op", CompareOp)
def test_comparison_equals_python(chain: Chain, op: CompareOp, kind: IntT) -> None:
    cases = [
        packed(left, kind) + packed(right, kind) + bytes([COMPARE[op](left, right)])
        for left, right in itertools.product(edges(kind), repeat=2)
    ]
    assert chain.all_succeed(f"{op.name.lower()}_{kind}", cases)


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_negation_and_inversion(chain: Chain, kind: IntT) -> None:
    for op, python in ((UnaryOp.NEGATE, operator.neg), (UnaryOp.INVERT, operator.invert)):
        for value in edges(kind):
            result = python(value)
            fits = kind.low <= result <= kind.high
            data = packed(value, kind) + packed(result if fits else 0, kind)
            wanted = 0 if fits else Fault.OVERFLOW
            assert chain.run(f"{op.name.lower()}_{kind}", data) == wanted, (op, value)


@pytest.mark.parametrize("source", TYPES, ids=str)
@pytest.mark.parametrize("target", TYPES, ids=str)
def test_conversion_keeps_the_number_or_faults(chain: Chain, source: IntT, target: IntT) -> None:
    for value in edges(source):
        fits = target.low <= value <= target.high
        data = packed(value, source) + packed(value if fits else 0, target)
        wanted = 0 if fits else Fault.CONVERSION
        assert chain.run(f"{source}_as_{target}", data) == wanted, value


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("kind", TYPES[-2:], ids=str)
def test_product_with_a_constant(chain: Chain, factor: int, kind: IntT) -> None:
    limits = [kind.high // factor, kind.high // factor + 1, kind.low // factor] if factor else []
    for value in (v for v in edges(kind) + limits if kind.low <= v <= kind.high):
        result = value * factor
        fits = kind.low <= result <= kind.high
        data = packed(value, kind) + packed(result if fits else 0, kind)
        wanted = 0 if fits else Fault.OVERFLOW
        assert chain.run(f"times_{factor}_{kind}", data) == wanted, value
