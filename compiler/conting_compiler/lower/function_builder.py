"""Builds one lowered function: blocks, registers, slots, stack buffers, and its cold exits."""

from collections import Counter
from dataclasses import dataclass, field

from conting_compiler.ir.faults import Fault
from conting_compiler.ir.lowered import (
    Bin,
    BinOp,
    Block,
    Branch,
    CallOp,
    Cmp,
    CmpOp,
    DataAddress,
    GetSlot,
    Imm,
    Jump,
    Load,
    LoweredFunction,
    Op,
    Operand,
    Reg,
    Ret,
    Select,
    SetSlot,
    StackAddress,
    Store,
    Terminator,
)
from conting_compiler.source import Span

_WORD = 64
_LARGE_FRAME = 256
"""Bytes of stack buffers from which on a function keeps them to itself: a frame has 4,096."""


@dataclass(slots=True)
class FunctionBuilder:
    """The function so far: ops go to the current block; `start` begins another."""

    name: str
    parameters: int
    span: Span | None = None
    compact: bool = False
    """Whether few bytes matter more than the last compute units."""
    often: bool = False
    """Whether loops call it, so that some of these units matter after all."""
    _blocks: list[Block] = field(default_factory=list)
    _ops: list[Op] = field(default_factory=list)
    _label: str | None = "entry"
    _registers: int = 0
    _labels: int = 0
    _slots: int = 0
    _buffers: list[int] = field(default_factory=list)
    _scratch: dict[str, int] = field(default_factory=dict)
    _exits: dict[str, tuple[tuple[Op, ...], Operand]] = field(default_factory=dict)
    _made: dict[Operand, Op] = field(default_factory=dict)
    """What gives each register its value."""
    _settings: Counter[int] = field(default_factory=Counter)
    """How often each slot is set so far."""

    def __post_init__(self) -> None:
        self._registers = self.parameters

    def finish(self, *, exported: bool = False, separate: bool = False) -> LoweredFunction:
        """The function; a block that is still open returns 0 (no error)."""
        self.ret(Imm(0))
        exits = (Block(label, ops, Ret(value)) for label, (ops, value) in self._exits.items())
        return LoweredFunction(
            self.name,
            self.parameters,
            self._slots,
            tuple(self._buffers),
            (*self._blocks, *exits),
            exported=exported,
            separate=separate or sum(self._buffers) > _LARGE_FRAME,
            span=self.span,
        )

    # --- blocks

    def label(self, hint: str) -> str:
        """A new label; `start` places it."""
        self._labels += 1
        return f"{hint}.{self._labels}"

    def start(self, label: str) -> None:
        """Begins the block; an open one before it falls through."""
        self.jump(label)
        self._label = label

    def jump(self, label: str) -> None:
        """Ends the block with a jump."""
        self._end(Jump(label))

    def branch(self, test: Operand, then: str, otherwise: str, cold: str | None = None) -> None:
        """Ends the block with a choice; `cold` names the unlikely side."""
        self._end(Branch(test, then, otherwise, cold))

    def ret(self, value: Operand) -> None:
        """Ends the block by leaving the function."""
        self._end(Ret(value))

    def _end(self, terminator: Terminator) -> None:
        if self._label is not None:
            self._blocks.append(Block(self._label, tuple(self._ops), terminator))
        self._label = None
        self._ops = []

    @property
    def open(self) -> bool:
        """Whether control can reach this point."""
        return self._label is not None

    # --- cold exits

    def fault(self, fault: Fault) -> str:
        """The label of the block that returns the fault's number, one per function and fault."""
        return self.cold_exit(f"fault.{fault.name.lower()}", (), Imm(fault.value))

    def cold_exit(self, label: str, ops: tuple[Op, ...], value: Operand) -> str:
        """A block at the function's end that runs `ops` and returns `value`; one per label."""
        self._exits.setdefault(label, (ops, value))
        return label

    def fail_if(self, test: Operand, fault: Fault) -> None:
        """Leaves with the fault if test != 0."""
        self.exit_if(test, self.fault(fault))

    def fail_unless(self, test: Operand, fault: Fault) -> None:
        """Leaves with the fault if test == 0."""
        self.exit_unless(test, self.fault(fault))

    def exit_if(self, test: Operand, label: str) -> None:
        """Goes to a cold block if test != 0."""
        go_on = self.label("ok")
        self.branch(test, label, go_on, label)
        self.start(go_on)

    def exit_unless(self, test: Operand, label: str) -> None:
        """Goes to a cold block if test == 0."""
        go_on = self.label("ok")
        self.branch(test, go_on, label, label)
        self.start(go_on)

    def propagate(self, error: Operand) -> None:
        """Leaves with the error if there is one."""
        failed, go_on = self.label("failed"), self.label("ok")
        self.branch(error, failed, go_on, failed)
        self.start(failed)
        self.ret(error)
        self.start(go_on)

    # --- ops

    def _add(self, op: Op) -> None:
        if self._label is None:
            self._label = self.label("dead")
        self._ops.append(op)
        match op:
            case Bin() | Load() | GetSlot():
                self._made[op.result] = op
            case SetSlot():
                self._settings[op.slot] += 1

    def _reg(self) -> Reg:
        self._registers += 1
        return Reg(self._registers - 1)

    def bin(self, op: BinOp, left: Operand, right: Operand) -> Operand:
        """left op right, wrapping."""
        result = self._reg()
        self._add(Bin(result, op, left, right))
        return result

    def add(self, left: Operand, right: Operand) -> Operand:
        """left + right, wrapping; constants are folded."""
        if isinstance(left, Imm):
            left, right = right, left
        if isinstance(right, Imm):
            return self.offset(left, right.value)
        return self.bin(BinOp.ADD, left, right)

    def sub(self, left: Operand, right: Operand) -> Operand:
        """left - right, wrapping."""
        return self.bin(BinOp.SUB, left, right)

    def offset(self, address: Operand, distance: int) -> Operand:
        """address + distance."""
        match address:
            case Imm(value):
                return Imm(value + distance)
            case DataAddress(index, start):
                return DataAddress(index, start + distance)
            case _ if distance == 0:
                return address
            case _:
                return self.bin(BinOp.ADD, address, Imm(distance))

    def cmp(self, op: CmpOp, left: Operand, right: Operand) -> Operand:
        """1 if left op right, else 0."""
        result = self._reg()
        self._add(Cmp(result, op, left, right))
        return result

    def select(self, test: Operand, then: Operand, otherwise: Operand) -> Operand:
        """then if test != 0, else otherwise."""
        result = self._reg()
        self._add(Select(result, test, then, otherwise))
        return result

    def load(
        self, address: Operand, offset: int = 0, bits: int = _WORD, *, signed: bool = False
    ) -> Operand:
        """The `bits` at address + offset, extended."""
        result = self._reg()
        self._add(Load(result, bits, signed, address, offset))
        return result

    def store(self, value: Operand, address: Operand, offset: int = 0, bits: int = _WORD) -> None:
        """The low `bits` of the value to address + offset."""
        self._add(Store(bits, address, offset, value))

    def call(self, callee: str, *arguments: Operand) -> Operand:
        """The result of a call."""
        result = self._reg()
        self._add(CallOp(result, callee, arguments))
        return result

    def run(self, callee: str, *arguments: Operand) -> None:
        """A call whose result is of no use."""
        self._add(CallOp(None, callee, arguments))

    # --- what registers hold

    def origin(self, address: Operand) -> tuple[Operand, int]:
        """What an address was computed from, and its constant distance from there."""
        distance = 0
        while True:
            match self._made.get(address):
                case Bin(_, BinOp.ADD, left, Imm(value)):
                    address, distance = left, distance + value
                case _:
                    return address, distance

    def still_loaded(self, word: Operand) -> Load | None:
        """The load that gave the word, if nothing has been written or called since."""
        for op in reversed(self._ops):
            match op:
                case Load(result) if result == word:
                    return op
                case Store() | CallOp():
                    return None
        return None

    def source(self, word: Operand) -> Load | GetSlot | None:
        """The load that gave the word, or the slot, if that is set but once."""
        match self._made.get(word):
            case Load() as op:
                return op
            case GetSlot(_, slot) as op if self._settings[slot] == 1:
                return op
            case _:
                return None

    # --- variables and memory

    def new_slot(self) -> int:
        """A variable of 64 bits."""
        self._slots += 1
        return self._slots - 1

    def get(self, slot: int) -> Operand:
        """The slot's value."""
        result = self._reg()
        self._add(GetSlot(result, slot))
        return result

    def set(self, slot: int, value: Operand) -> None:
        """Gives the slot a value."""
        self._add(SetSlot(slot, value))

    def buffer(self, size: int) -> Operand:
        """The address of a new stack buffer of `size` bytes, valid in all blocks that follow."""
        self._buffers.append(size)
        return self._address_of(len(self._buffers) - 1)

    def scratch(self, name: str, size: int) -> Operand:
        """The address of the function's one buffer of this name, at least `size` bytes.

        What it held before is lost: for what is built and used up at once.
        """
        if name not in self._scratch:
            self._scratch[name] = len(self._buffers)
            self._buffers.append(0)
        number = self._scratch[name]
        self._buffers[number] = max(self._buffers[number], size)
        return self._address_of(number)

    def _address_of(self, buffer: int) -> Operand:
        result = self._reg()
        self._add(StackAddress(result, buffer))
        return result
