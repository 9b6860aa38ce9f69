"""What lowered IR means, in Python's own integers: the reference for LLVM's output on the SVM."""

import operator
from collections.abc import Callable
from dataclasses import dataclass

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
    Module,
    Op,
    Operand,
    Reg,
    Select,
    SetSlot,
    StackAddress,
    Store,
)

MASK = (1 << 64) - 1
FRAMES, DATA, INPUT = 0x2_0000_0000, 0x1_0000_0000, 0x4_0000_0000


def signed(value: int, bits: int = 64) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


BINARY: dict[BinOp, Callable[[int, int], int]] = {
    BinOp.ADD: operator.add,
    BinOp.SUB: operator.sub,
    BinOp.MUL: operator.mul,
    BinOp.UDIV: operator.floordiv,
    BinOp.UREM: operator.mod,
    BinOp.AND: operator.and_,
    BinOp.OR: operator.or_,
    BinOp.XOR: operator.xor,
    BinOp.SHL: lambda a, b: a << b % 64,
    BinOp.LSHR: lambda a, b: a >> b % 64,
    BinOp.ASHR: lambda a, b: signed(a) >> b % 64,
}
COMPARE: dict[CmpOp, Callable[[int, int], bool]] = {
    CmpOp.EQ: operator.eq,
    CmpOp.NE: operator.ne,
    CmpOp.ULT: operator.lt,
    CmpOp.ULE: operator.le,
    CmpOp.UGT: operator.gt,
    CmpOp.UGE: operator.ge,
    CmpOp.SLT: lambda a, b: signed(a) < signed(b),
    CmpOp.SLE: lambda a, b: signed(a) <= signed(b),
    CmpOp.SGT: lambda a, b: signed(a) > signed(b),
    CmpOp.SGE: lambda a, b: signed(a) >= signed(b),
}


class Machine:
    """Memory by byte, and the functions of a module."""

    def __init__(self, module: Module, instruction_data: bytes) -> None:
        self.memory: dict[int, int] = {}
        self.functions = {function.name: function for function in module.functions}
        self.data: list[int] = []
        self.returned = b""
        self._top, address = FRAMES, DATA
        for constant in module.data:
            self.data.append(address)
            self.write(address, constant)
            address += -(-len(constant) // 8) * 8
        length = len(instruction_data).to_bytes(8, "little")
        self.write(INPUT - 8, length + instruction_data)

    def write(self, address: int, data: bytes) -> None:
        self.memory.update(enumerate(data, start=address))

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.memory[address + i] for i in range(size))

    def run(self) -> int:
        """The entrypoint's result; its input region is never looked at."""
        return self.call("entrypoint", [0, INPUT])

    def call(self, name: str, arguments: list[int]) -> int:
        if name == "sol_set_return_data":
            self.returned = self.read(arguments[0], arguments[1])
            return 0
        function = self.functions[name]
        frame = Frame(self, function, dict(enumerate(arguments)), self._top)
        size = sum(-(-size // 8) * 8 for size in function.buffers)
        self._top += size
        result = frame.run()
        self._top -= size
        return result


@dataclass
class Frame:
    """One call."""

    machine: Machine
    function: LoweredFunction
    registers: dict[int, int]
    base: int

    def __post_init__(self) -> None:
        self.slots: dict[int, int] = {}
        self.blocks: dict[str, Block] = {block.label: block for block in self.function.blocks}

    def run(self) -> int:
        block = self.function.blocks[0]
        while True:
            for op in block.ops:
                self.step(op)
            match block.terminator:
                case Jump(label):
                    block = self.blocks[label]
                case Branch(test, then, otherwise, _):
                    block = self.blocks[then if self.value(test) else otherwise]
                case terminator:
                    return self.value(terminator.value)

    def value(self, operand: Operand) -> int:
        match operand:
            case Reg(number):
                return self.registers[number]
            case Imm(value):
                return value & MASK
            case DataAddress(index, offset):
                return self.machine.data[index] + offset

    def step(self, op: Op) -> None:  # noqa: C901 - one case per operation
        value, registers = self.value, self.registers
        match op:
            case Bin(result, operation, left, right):
                registers[result.number] = BINARY[operation](value(left), value(right)) & MASK
            case Cmp(result, comparison, left, right):
                registers[result.number] = int(COMPARE[comparison](value(left), value(right)))
            case Select(result, test, then, otherwise):
                registers[result.number] = value(then) if value(test) else value(otherwise)
            case Load(result, bits, is_signed, address, offset):
                data = self.machine.read(value(address) + offset & MASK, bits // 8)
                number = int.from_bytes(data, "little", signed=is_signed)
                registers[result.number] = number & MASK
            case Store(bits, address, offset, stored):
                low = value(stored) & ((1 << bits) - 1)
                self.machine.write(
                    value(address) + offset & MASK, low.to_bytes(bits // 8, "little")
                )
            case GetSlot(result, slot):
                registers[result.number] = self.slots[slot]
            case SetSlot(slot, stored):
                self.slots[slot] = value(stored)
            case StackAddress(result, buffer):
                before = sum(-(-size // 8) * 8 for size in self.function.buffers[:buffer])
                registers[result.number] = self.base + before
            case CallOp(result, callee, arguments):
                returned = self.machine.call(callee, [value(argument) for argument in arguments])
                if result is not None:
                    registers[result.number] = returned
