"""SBPF instructions: the opcodes of v0 and v3, their operands, how to read and to patch them.

Source: anza-xyz/sbpf, doc/bytecode.md and src/ebpf.rs; v3 as changed by SIMD-0377.
"""

import struct
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

SIZE: Final = 8
"""Bytes in a slot; lddw takes two."""
FRAME_POINTER: Final = 10
LDDW, CALL, CALLX, EXIT, JA = 0x18, 0x85, 0x8D, 0x95, 0x05
SOURCE_SYSCALL, SOURCE_LOCAL = 0, 1
"""What `src` of a v3 call says its immediate is: a syscall's hash, or a distance in slots."""

_SLOT = struct.Struct("<BBhi")


class Form(Enum):
    """The operands of an instruction."""

    LOAD_CONSTANT = auto()
    LOAD = auto()
    STORE_IMMEDIATE = auto()
    STORE = auto()
    IMMEDIATE = auto()
    REGISTER = auto()
    UNARY = auto()
    BYTE_ORDER = auto()
    JUMP = auto()
    BRANCH_IMMEDIATE = auto()
    BRANCH_REGISTER = auto()
    CALL = auto()
    CALL_REGISTER = auto()
    EXIT = auto()

    # Enum hashes the name, in Python; the linker asks some 200,000 times what form an opcode has
    __hash__ = object.__hash__


class Opcode(NamedTuple):
    """An opcode's mnemonic, the width of its operation in bits, and its operands."""

    name: str
    bits: int
    form: Form


class Instruction(NamedTuple):
    """One slot and its number; lddw takes two, and `immediate` is its 64-bit constant."""

    pc: int
    opcode: int
    destination: int
    source: int
    offset: int
    immediate: int

    @property
    def target(self) -> int:
        """Where a jump goes, in slots."""
        return self.pc + 1 + self.offset

    @property
    def call_target(self) -> int:
        """Where a local call goes, in slots."""
        return self.pc + 1 + self.immediate


_WIDTHS = ((0x00, 32, "w"), (0x08, 16, "h"), (0x10, 8, "b"), (0x18, 64, "dw"))
_ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "div",
    "or",
    "and",
    "lsh",
    "rsh",
    "neg",
    "mod",
    "xor",
    "mov",
    "arsh",
)
_CONDITIONS = {
    0x10: "jeq", 0x20: "jgt", 0x30: "jge", 0x40: "jset", 0x50: "jne", 0x60: "jsgt",
    0x70: "jsge", 0xA0: "jlt", 0xB0: "jle", 0xC0: "jslt", 0xD0: "jsle",
}  # fmt: skip


def _memory() -> Iterator[tuple[int, Opcode]]:
    for mode, bits, suffix in _WIDTHS:
        yield 0x61 + mode, Opcode(f"ldx{suffix}", bits, Form.LOAD)
        yield 0x62 + mode, Opcode(f"st{suffix}", bits, Form.STORE_IMMEDIATE)
        yield 0x63 + mode, Opcode(f"stx{suffix}", bits, Form.STORE)


def _arithmetic(base: int, bits: int) -> Iterator[tuple[int, Opcode]]:
    for index, name in enumerate(_ARITHMETIC):
        if name == "neg":
            yield base + (index << 4), Opcode(f"neg{bits}", bits, Form.UNARY)
        else:
            yield base + (index << 4), Opcode(f"{name}{bits}", bits, Form.IMMEDIATE)
            yield base + (index << 4) + 8, Opcode(f"{name}{bits}", bits, Form.REGISTER)


def _branches(base: int, bits: int, suffix: str) -> Iterator[tuple[int, Opcode]]:
    for code, name in _CONDITIONS.items():
        yield base + code, Opcode(name + suffix, bits, Form.BRANCH_IMMEDIATE)
        yield base + code + 8, Opcode(name + suffix, bits, Form.BRANCH_REGISTER)


_V0: Final[dict[int, Opcode]] = {
    LDDW: Opcode("lddw", 64, Form.LOAD_CONSTANT),
    **dict(_memory()),
    **dict(_arithmetic(0x04, 32)),
    **dict(_arithmetic(0x07, 64)),
    0xD4: Opcode("le", 64, Form.BYTE_ORDER),
    0xDC: Opcode("be", 64, Form.BYTE_ORDER),
    JA: Opcode("ja", 64, Form.JUMP),
    **dict(_branches(0x05, 64, "")),
    CALL: Opcode("call", 64, Form.CALL),
    CALLX: Opcode("callx", 64, Form.CALL_REGISTER),
    EXIT: Opcode("exit", 64, Form.EXIT),
}
OPCODES: Final = {0: _V0, 3: _V0 | dict(_branches(0x06, 32, "32"))}
"""By version; those of v3 include those of v0."""
JUMPS: Final = frozenset({Form.JUMP, Form.BRANCH_IMMEDIATE, Form.BRANCH_REGISTER})


def decode(text: bytes) -> Iterator[Instruction]:
    """The instructions of a text; of a lddw without its second slot, the low 32 bits."""
    pc = 0
    while pc < len(text) // SIZE:
        opcode, registers, offset, immediate = _SLOT.unpack_from(text, pc * SIZE)
        two = opcode == LDDW and (pc + 2) * SIZE <= len(text)
        if two:
            immediate = immediate & 0xFFFFFFFF | _SLOT.unpack_from(text, (pc + 1) * SIZE)[3] << 32
        yield Instruction(pc, opcode, registers & 15, registers >> 4, offset, immediate)
        pc += 2 if two else 1


def patch_constant(text: bytearray, at: int, value: int) -> None:
    """Writes the 64-bit constant of the lddw at a byte offset."""
    struct.pack_into("<I", text, at + 4, value & 0xFFFFFFFF)
    struct.pack_into("<I", text, at + 12, value >> 32)


def patch_call(text: bytearray, at: int, source: int, immediate: int) -> None:
    """Writes kind and immediate (signed or unsigned 32 bits) of the call at a byte offset."""
    text[at + 1] = source << 4
    struct.pack_into("<I", text, at + 4, immediate & 0xFFFFFFFF)
