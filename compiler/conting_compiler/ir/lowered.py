"""The lowered IR: functions of basic blocks over 64-bit values, one step above LLVM.

Every value is an i64: a number (narrow ones kept zero- or sign-extended to 64 bits), a bool (0 or
1) or an address. Variables that change are slots (LLVM makes registers of them). A function that
can fail returns its error (0 is none) and writes its result through its last parameter, an address.
Nothing here is checked any more: overflow, bounds and account checks are ordinary blocks by now.
"""

from dataclasses import dataclass
from enum import Enum

from conting_compiler.source import Span


@dataclass(frozen=True, slots=True)
class Reg:
    """The result of one operation; assigned once."""

    number: int


@dataclass(frozen=True, slots=True)
class Imm:
    """A constant, taken modulo 2**64."""

    value: int


@dataclass(frozen=True, slots=True)
class DataAddress:
    """The address of `Module.data[index]` plus an offset."""

    index: int
    offset: int = 0


Operand = Reg | Imm | DataAddress


class BinOp(Enum):
    """Wrapping 64-bit operations; the value is LLVM's name."""

    ADD = "add"
    SUB = "sub"
    MUL = "mul"
    UDIV = "udiv"
    UREM = "urem"
    AND = "and"
    OR = "or"
    XOR = "xor"
    SHL = "shl"
    LSHR = "lshr"
    ASHR = "ashr"


class CmpOp(Enum):
    """Comparisons; the value is LLVM's name."""

    EQ = "eq"
    NE = "ne"
    ULT = "ult"
    ULE = "ule"
    UGT = "ugt"
    UGE = "uge"
    SLT = "slt"
    SLE = "sle"
    SGT = "sgt"
    SGE = "sge"


@dataclass(frozen=True, slots=True)
class Bin:
    """result = left op right."""

    result: Reg
    op: BinOp
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Cmp:
    """result = 1 if left op right else 0."""

    result: Reg
    op: CmpOp
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Select:
    """result = then if test != 0 else otherwise; both are already computed."""

    result: Reg
    test: Operand
    then: Operand
    otherwise: Operand


@dataclass(frozen=True, slots=True)
class Load:
    """result = the `bits` (8, 16, 32, 64) at address + offset, extended to 64 bits."""

    result: Reg
    bits: int
    signed: bool
    address: Operand
    offset: int


@dataclass(frozen=True, slots=True)
class Store:
    """The low `bits` of value to address + offset."""

    bits: int
    address: Operand
    offset: int
    value: Operand


@dataclass(frozen=True, slots=True)
class GetSlot:
    """result = the slot's value."""

    result: Reg
    slot: int


@dataclass(frozen=True, slots=True)
class SetSlot:
    """The slot takes a value."""

    slot: int
    value: Operand


@dataclass(frozen=True, slots=True)
class StackAddress:
    """result = the address of `LoweredFunction.buffers[buffer]` in this frame (8-aligned)."""

    result: Reg
    buffer: int


@dataclass(frozen=True, slots=True)
class CallOp:
    """Calls a function of the module, of the runtime, or a syscall; at most 5 arguments."""

    result: Reg | None
    callee: str
    arguments: tuple[Operand, ...]


Op = Bin | Cmp | Select | Load | Store | GetSlot | SetSlot | StackAddress | CallOp


@dataclass(frozen=True, slots=True)
class Jump:
    """To another block."""

    label: str


@dataclass(frozen=True, slots=True)
class Branch:
    """To `then` if test != 0, else to `otherwise`.

    `cold` names the side that is hardly ever taken.
    """

    test: Operand
    then: str
    otherwise: str
    cold: str | None = None


@dataclass(frozen=True, slots=True)
class Ret:
    """Leaves the function with a value."""

    value: Operand


Terminator = Jump | Branch | Ret


@dataclass(frozen=True, slots=True)
class Block:
    """Straight code and one way out."""

    label: str
    ops: tuple[Op, ...]
    terminator: Terminator


@dataclass(frozen=True, slots=True)
class LoweredFunction:
    """A function; parameters are Reg(0) .. Reg(parameters - 1); the first block is the entry."""

    name: str
    parameters: int
    slots: int
    buffers: tuple[int, ...]
    """Stack buffers, each its size in bytes."""
    blocks: tuple[Block, ...]
    exported: bool = False
    inline: bool = False
    """Always made part of its callers."""
    separate: bool = False
    """Never made part of a caller: it keeps a frame of its own."""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Module:
    """A whole program: `entrypoint(input, instruction_data)` is the exported function."""

    functions: tuple[LoweredFunction, ...]
    data: tuple[bytes, ...]
    """Read-only constants, each 8-aligned."""
    syscalls: tuple[str, ...]
    """The syscalls and runtime functions that the functions call."""
    compact: bool = False
    """Whether few bytes matter more than the last compute units."""
