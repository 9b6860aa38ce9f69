"""Random lowered programs mean the same in Python and, through LLVM and the linkers, on the SVM."""

from dataclasses import dataclass

import pytest
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Operand, Reg
from conting_compiler.link.linker import link
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.compiler.lowered_builder import (
    ARCHES,
    MASK,
    Chain,
    FunctionBuilder,
    emitted,
    entrypoint,
    module,
    return_buffer,
)
from tests.compiler.lowered_interpreter import BINARY, COMPARE, Machine

pytestmark = pytest.mark.slow

WORDS = 6
BUFFER = 64
SLOTS = 3
SMALL = (0, 1, 2, 7, 8, 63, 64, 255, 256, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 32, 1 << 62)
EDGES = (*SMALL, *(MASK - edge for edge in SMALL), (1 << 63) - 1, 1 << 63)

word = st.one_of(st.sampled_from(EDGES), st.integers(0, MASK))
index = st.integers(0, 255)


@dataclass(frozen=True)
class Step:
    """One random operation: what, and numbers that choose its operands among the values so far."""

    kind: str
    left: int
    right: int
    extra: int


KINDS = ("bin", "cmp", "select", "immediate", "load", "store", "get", "set", "if", "call", "wide")
steps = st.lists(
    st.builds(Step, st.sampled_from(KINDS), index, index, index), min_size=4, max_size=30
)


class Generator:
    """Appends random steps to a function; `values` are what later steps may use."""

    def __init__(
        self, function: FunctionBuilder, values: list[Operand], callee: str | None
    ) -> None:
        self.function, self.values, self.callee = function, values, callee
        function.slots = SLOTS
        self.buffer = function.buffer(BUFFER)
        for offset in range(0, BUFFER, 8):
            function.store(self.buffer, values[offset // 8 % len(values)], offset)
        for slot in range(SLOTS):
            function.set(slot, values[slot % len(values)])
        self.labels = 0

    def pick(self, number: int) -> Operand:
        return self.values[-1 - number % len(self.values)]

    def place(self, step: Step, size: int) -> tuple[Operand, int]:
        """An address in the buffer and an offset, of several shapes."""
        offset = step.extra % (BUFFER - size + 1)
        if step.left % 3 == 0:
            return self.buffer, offset
        if step.left % 3 == 1:
            return self.function.bin(BinOp.ADD, self.buffer, Imm(offset)), 0
        unknown = self.function.bin(BinOp.AND, self.pick(step.right), Imm(7))
        address = self.function.bin(BinOp.ADD, self.buffer, unknown)
        return address, offset % (BUFFER - size - 7 + 1)

    def step(self, step: Step) -> None:  # noqa: C901 - one case per kind of step
        function, left, right = self.function, self.pick(step.left), self.pick(step.right)
        bits = (8, 16, 32, 64)[step.extra % 4]
        match step.kind:
            case "bin" | "wide":
                self.values.append(self.binary(step, left, right))
            case "cmp":
                comparison = list(COMPARE)[step.extra % len(COMPARE)]
                self.values.append(function.cmp(comparison, left, right))
            case "select":
                self.values.append(function.select(left, right, self.pick(step.extra)))
            case "immediate":
                self.values.append(Imm(EDGES[step.left % len(EDGES)]))
            case "load":
                address, offset = self.place(step, bits // 8)
                signed = step.right % 2 == 0
                self.values.append(function.load(address, offset, bits, signed=signed))
            case "store":
                address, offset = self.place(step, bits // 8)
                function.store(address, right, offset, bits)
            case "get":
                self.values.append(function.get(step.extra % SLOTS))
            case "set":
                function.set(step.extra % SLOTS, right)
            case "if":
                self.conditional(step, left, right)
            case "call" if self.callee is not None:
                arguments = [self.pick(step.left + n) for n in range(3)]
                self.values.append(function.call(self.callee, *arguments))
            case _:
                pass

    def binary(self, step: Step, left: Operand, right: Operand) -> Reg:
        operations = (BinOp.ADD, BinOp.MUL) if step.kind == "wide" else tuple(BINARY)
        operation = operations[step.extra % len(operations)]
        if operation in {BinOp.UDIV, BinOp.UREM}:
            right = self.function.bin(BinOp.OR, right, Imm(1))
        result = self.function.bin(operation, left, right)
        if step.kind == "wide" and operation is BinOp.MUL:
            # the check of a product, which LLVM likes to make 128 bits of
            divisor = self.function.bin(BinOp.OR, left, Imm(1))
            quotient = self.function.bin(BinOp.UDIV, result, divisor)
            result = self.function.cmp(CmpOp.NE, quotient, right)
        if step.kind == "wide" and operation is BinOp.ADD:
            # the check of a sum, from which the code generator likes to make a carry
            self.values.append(result)
            operand = (left, right, Imm(0))[step.left % 3]
            wrapped = self.function.cmp(CmpOp.ULT, result, operand)
            result = self.function.select(wrapped, left, result)
        return result

    def conditional(self, step: Step, left: Operand, right: Operand) -> None:
        names = [f"{name}{self.labels}" for name in ("then", "otherwise", "after")]
        self.labels += 1
        cold = (None, names[0], names[1])[step.extra % 3]
        test = self.function.cmp(list(COMPARE)[step.left % len(COMPARE)], left, right)
        self.function.branch(test, names[0], names[1], following=names[0], cold=cold)
        self.function.set(step.extra % SLOTS, right)
        self.function.store(self.buffer, left, step.extra % (BUFFER - 7))
        self.function.jump(names[2], following=names[1])
        self.function.set(step.extra % SLOTS, self.function.bin(BinOp.ADD, left, Imm(1)))
        self.function.jump(names[2], following=names[2])


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.mark.fuzz
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    main=steps,
    helper=steps,
    words=st.lists(word, min_size=WORDS, max_size=WORDS),
    inline=st.booleans(),
)
def test_random_programs(
    chain: Chain, main: list[Step], helper: list[Step], words: list[int], *, inline: bool
) -> None:
    called = FunctionBuilder("helper", 3, inline=inline)
    inner = Generator(called, [Reg(0), Reg(1), Reg(2)], None)
    for step in helper[:12]:
        inner.step(step)
    called.ret(inner.values[-1])
    function = entrypoint()
    outer = Generator(function, [function.load(Reg(1), 8 * n) for n in range(WORDS)], "helper")
    for step in main:
        outer.step(step)
    slots = [function.get(slot) for slot in range(SLOTS)]
    shown = [*outer.values[-20:], *slots]
    shown += [function.load(outer.buffer, offset) for offset in range(0, BUFFER, 8)]
    out = function.buffer(8 * len(shown))
    for number, value in enumerate(shown):
        function.store(out, value, 8 * number)
    return_buffer(function, out, 8 * len(shown))
    program = module(function, called)
    data = b"".join(value.to_bytes(8, "little") for value in words)
    expected = Machine(program, data)
    assert expected.run() == 0
    compiled = emitted(program).object
    for arch in ARCHES:
        chain.deploy(link(compiled, arch))
        outcome = chain.send(data)
        assert outcome.error is None
        assert outcome.returned.ljust(8 * len(shown), b"\0") == expected.returned
