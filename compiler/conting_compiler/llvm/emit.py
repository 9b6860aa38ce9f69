"""Lowered IR as LLVM IR text: function by function, with the numbers and labels of the lowered IR.

Values are i64. An address is followed back to what it was computed from (a buffer, a constant, a
value), so that LLVM sees `getelementptr base, offset`: it then knows which accesses cannot overlap,
and makes registers of buffers that do not escape.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from conting_compiler.ir import lowered
from conting_compiler.ir.lowered import (
    BinOp,
    DataAddress,
    Imm,
    LoweredFunction,
    Module,
    Operand,
    Reg,
)
from conting_compiler.llvm.runtime import runtime_functions

_WORD = 64
_MASK = (1 << _WORD) - 1
# no-builtins: LLVM must make no memcpy of a loop. null_pointer_is_valid: v3 maps constants at 0.
# #1: an empty asm keeps a cold block apart, and what was loaded before stays known after it.
_ATTRIBUTES = """\
attributes #0 = {{ nounwind{size} null_pointer_is_valid "no-builtins" }}
attributes #1 = {{ nounwind memory(inaccessiblemem: readwrite) }}"""
_TARGET = 'target triple = "bpfel"\ntarget datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"'
_WEIGHTS = """\
!0 = !{!"branch_weights", i32 1, i32 1000000}
!1 = !{!"branch_weights", i32 1000000, i32 1}
!2 = distinct !{!2, !3}
!3 = !{!"llvm.licm.disable"}"""
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_PLAIN_BYTES = frozenset(range(0x20, 0x7F)) - frozenset(b'"\\')
_SHIFTS = frozenset({BinOp.SHL, BinOp.LSHR, BinOp.ASHR})


def emit(module: Module) -> str:
    """The module and the runtime functions that it calls; the same text for the same module.

    A shift takes its amount modulo 64, as the machine does. A division by zero is undefined. Raises
    InternalError for a runtime function that does not exist.
    """
    defined = {function.name for function in module.functions}
    called = {op.callee: len(op.arguments) for op in _calls(module) if op.callee not in defined}
    runtime = runtime_functions(name for name in called if name.startswith("rt_"))
    declared = {name: arity for name, arity in called.items() if not name.startswith("rt_")}
    for function in runtime:
        declared |= function.syscalls
    parts = [
        _TARGET,
        "\n".join(_constant(i, data) for i, data in enumerate(module.data)),
        "\n".join(_declaration(name, arity) for name, arity in sorted(declared.items())),
        *(_function(function, compact=module.compact) for function in module.functions),
        *(function.text for function in runtime),
        _ATTRIBUTES.format(size=" optsize minsize" if module.compact else ""),
        _WEIGHTS,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _calls(module: Module) -> Iterable[lowered.CallOp]:
    blocks = (block for function in module.functions for block in function.blocks)
    return (op for block in blocks for op in block.ops if isinstance(op, lowered.CallOp))


def _constant(index: int, data: bytes) -> str:
    data = data or b"\0"  # what is empty needs an address too
    text = "".join(chr(b) if b in _PLAIN_BYTES else f"\\{b:02X}" for b in data)
    return f'@d{index} = private unnamed_addr constant [{len(data)} x i8] c"{text}", align 1'


def _declaration(name: str, arity: int) -> str:
    return f"declare i64 {_symbol(name)}({', '.join(['i64'] * arity)}) #0"


def _quoted(name: str) -> str:
    return name if _PLAIN_NAME.fullmatch(name) else f'"{name}"'


def _symbol(name: str) -> str:
    return f"@{_quoted(name)}"


def _function(function: LoweredFunction, *, compact: bool) -> str:
    parameters = ", ".join(f"i64 %r{n}" for n in range(function.parameters))
    linkage = "" if function.exported else "internal "
    inline = " alwaysinline" if function.inline else " noinline" if function.separate else ""
    body = _Body(_definitions(function), _cold(function), _rejoining(function), compact)
    body.frame(function)
    for block in function.blocks:
        body.block(block)
    head = f"define {linkage}i64 {_symbol(function.name)}({parameters}) #0{inline} {{"
    return "\n".join([head, *body.lines, "}"])


_Definitions = dict[int, lowered.Bin | lowered.StackAddress]


def _definitions(function: LoweredFunction) -> _Definitions:
    ops = (op for block in function.blocks for op in block.ops)
    return {
        op.result.number: op for op in ops if isinstance(op, lowered.Bin | lowered.StackAddress)
    }


def _cold(function: LoweredFunction) -> frozenset[str]:
    terminators = (block.terminator for block in function.blocks)
    branches = (t for t in terminators if isinstance(t, lowered.Branch))
    return frozenset(branch.cold for branch in branches if branch.cold is not None)


def _rejoining(function: LoweredFunction) -> frozenset[str]:
    """The cold blocks from which control comes back to where it gets without them."""
    targets = {block.label: _targets(block.terminator) for block in function.blocks}
    cold = _cold(function)
    usual = _reached(function.blocks[0].label, targets, cold)
    return frozenset(label for label in cold if _reached(label, targets) & usual)


def _reached(
    start: str, targets: dict[str, tuple[str, ...]], barred: frozenset[str] = frozenset()
) -> frozenset[str]:
    """The blocks that control gets to from `start`, not through barred ones."""
    found, waiting = set[str](), [start]
    while waiting:
        label = waiting.pop()
        if label not in found and label not in barred:
            found.add(label)
            waiting += targets.get(label, ())  # what does not exist, LLVM names
    return frozenset(found)


def _targets(terminator: lowered.Terminator) -> tuple[str, ...]:
    match terminator:
        case lowered.Jump(label):
            return (label,)
        case lowered.Branch(_, then, otherwise):
            return (then, otherwise)
        case lowered.Ret():
            return ()


@dataclass(slots=True)
class _Body:
    """The lines of one function so far, and the number of temporaries in them."""

    definitions: _Definitions
    cold: frozenset[str]
    rejoining: frozenset[str]
    """Those of them from which control comes back to where it gets without them."""
    compact: bool
    begun: set[str] = field(default_factory=set)
    """The blocks so far: a jump to one of them is a loop's."""
    lines: list[str] = field(default_factory=list)
    temporaries: int = 0

    def frame(self, function: LoweredFunction) -> None:
        """Slots and buffers, in their own block: the first lowered one may be jumped to."""
        self.lines.append(".frame:")
        for number in range(function.slots):
            self._line(f"%s{number} = alloca i64, align 8")
        for number, size in enumerate(function.buffers):
            self._line(f"%b{number} = alloca [{size} x i8], align 8")
        self._line(f"br label %{_quoted(function.blocks[0].label)}")

    def block(self, block: lowered.Block) -> None:
        """One block."""
        self.lines.append(f"{_quoted(block.label)}:")
        self.begun.add(block.label)
        if block.label in self.cold:
            attributes = " #1" if block.label in self.rejoining else ""
            self._line(f'call void asm sideeffect "", ""(){attributes}')
        for op in block.ops:
            self._op(op)
        match block.terminator:
            case lowered.Jump(label):
                back = ", !llvm.loop !2" if self.compact and label in self.begun else ""
                self._line(f"br label %{_quoted(label)}{back}")
            case lowered.Branch():
                self._branch(block.terminator)
            case lowered.Ret(value):
                self._line(f"ret i64 {_value(value)}")

    def _line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def _let(self, expression: str) -> str:
        self.temporaries += 1
        self._line(f"%t{self.temporaries} = {expression}")
        return f"%t{self.temporaries}"

    def _set(self, result: Reg, expression: str) -> None:
        self._line(f"%r{result.number} = {expression}")

    def _branch(self, branch: lowered.Branch) -> None:
        test = self._let(f"icmp ne i64 {_value(branch.test)}, 0")
        then, otherwise = _quoted(branch.then), _quoted(branch.otherwise)
        weights = {branch.then: ", !prof !0", branch.otherwise: ", !prof !1"}.get(
            branch.cold or "", ""
        )
        self._line(f"br i1 {test}, label %{then}, label %{otherwise}{weights}")

    def _op(self, op: lowered.Op) -> None:
        match op:
            case lowered.Bin():
                self._bin(op)
            case lowered.Cmp(result, compare, left, right):
                test = self._let(f"icmp {compare.value} i64 {_value(left)}, {_value(right)}")
                self._set(result, f"zext i1 {test} to i64")
            case lowered.Select(result, condition, then, otherwise):
                test = self._let(f"icmp ne i64 {_value(condition)}, 0")
                self._set(result, f"select i1 {test}, i64 {_value(then)}, i64 {_value(otherwise)}")
            case lowered.Load() | lowered.Store():
                self._access(op)
            case lowered.GetSlot(result, slot):
                self._set(result, f"load i64, ptr %s{slot}")
            case lowered.SetSlot(slot, value):
                self._line(f"store i64 {_value(value)}, ptr %s{slot}")
            case lowered.StackAddress(result, buffer):
                self._set(result, f"ptrtoint ptr %b{buffer} to i64")
            case lowered.CallOp():
                self._call(op)
            case _:
                assert_never(op)

    def _call(self, op: lowered.CallOp) -> None:
        values = ", ".join(f"i64 {_value(argument)}" for argument in op.arguments)
        call = f"call i64 {_symbol(op.callee)}({values})"
        if op.result is None:
            self._line(call)
        else:
            self._set(op.result, call)

    def _bin(self, op: lowered.Bin) -> None:
        left, right = _value(op.left), _value(op.right)
        if op.op in _SHIFTS:
            right = (
                str(op.right.value % _WORD)
                if isinstance(op.right, Imm)
                else self._let(f"and i64 {right}, {_WORD - 1}")
            )
        elif op.op is BinOp.UDIV and self._looks_like_overflow_check(op.left):
            # of `a * b / a != b` LLVM would make a 128-bit multiplication, which BPF lacks; the
            # empty asm hides the product from it, and costs nothing
            left = self._let(f'call i64 asm "", "=r,0"(i64 {left})')
        self._set(op.result, f"{op.op.value} i64 {left}, {right}")

    def _looks_like_overflow_check(self, dividend: Operand) -> bool:
        match dividend:
            case Imm(value):
                return value & _MASK == _MASK
            case Reg(number):
                definition = self.definitions.get(number)
                return isinstance(definition, lowered.Bin) and definition.op is BinOp.MUL
            case _:
                return False

    def _access(self, op: lowered.Load | lowered.Store) -> None:
        pointer = self._pointer(op.address, op.offset)
        kind = f"i{op.bits}"
        if isinstance(op, lowered.Store):
            value = _value(op.value)
            if op.bits < _WORD:
                value = self._let(f"trunc i64 {value} to {kind}")
            self._line(f"store {kind} {value}, ptr {pointer}, align 1")
        elif op.bits < _WORD:
            narrow = self._let(f"load {kind}, ptr {pointer}, align 1")
            self._set(op.result, f"{'sext' if op.signed else 'zext'} {kind} {narrow} to i64")
        else:
            self._set(op.result, f"load i64, ptr {pointer}, align 1")

    def _pointer(self, address: Operand, offset: int) -> str:
        base, distance = self._base(address, offset)
        if distance == 0:
            return base
        return self._let(f"getelementptr i8, ptr {base}, i64 {distance}")

    def _base(self, address: Operand, offset: int) -> tuple[str, int]:
        """What `address + offset` was computed from, and its constant distance from there."""
        match address:
            case DataAddress(index, distance):
                return f"@d{index}", distance + offset
            case Imm(value):
                return self._let(f"inttoptr i64 {(value + offset) & _MASK} to ptr"), 0
        match self.definitions.get(address.number):
            case lowered.StackAddress(_, buffer):
                return f"%b{buffer}", offset
            case lowered.Bin(_, BinOp.ADD, (Reg() | DataAddress()) as base, Imm(distance)):
                return self._base(base, offset + _signed(distance))
        return self._let(f"inttoptr i64 {_value(address)} to ptr"), offset


def _value(operand: Operand) -> str:
    match operand:
        case Reg(number):
            return f"%r{number}"
        case Imm(value):
            return str(_signed(value))
        case DataAddress(index, 0):
            return f"ptrtoint (ptr @d{index} to i64)"
        case DataAddress(index, offset):
            return f"ptrtoint (ptr getelementptr (i8, ptr @d{index}, i64 {offset}) to i64)"


def _signed(value: int) -> int:
    value &= _MASK
    return value - (1 << _WORD) if value >> (_WORD - 1) else value
