"""A program's bytecode in a form that can be changed: jumps and calls name instructions.

listing = read(program); ...; program = write(program, listing)
"""

import struct
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from conting_compiler.link.error import LinkError
from conting_compiler.link.instructions import (
    CALL,
    CALLX,
    JUMPS,
    LDDW,
    OPCODES,
    SIZE,
    SOURCE_LOCAL,
    Form,
    decode,
)
from conting_compiler.link.objects import Program

_SLOT: Final = struct.Struct("<BBhi")
_OPCODES: Final = OPCODES[0]
_FORMS: Final = {code: opcode.form for code, opcode in _OPCODES.items()}
_LOW: Final = 0xFFFFFFFF


@dataclass(slots=True)
class Op:
    """An instruction, a lddw's two slots as one."""

    opcode: int
    destination: int
    source: int
    offset: int
    immediate: int
    """Of a lddw, all 64 bits."""
    target: int | None = None
    """The number of the instruction that it jumps to or calls."""
    constant: int | None = None
    """Of a lddw that loads an address, the constant's place."""
    syscall: str | None = None
    dropped: bool = False

    @property
    def form(self) -> Form:
        """Its operands."""
        return _FORMS[self.opcode]

    @property
    def size(self) -> int:
        """Bytes."""
        return 0 if self.dropped else 2 * SIZE if self.opcode == LDDW else SIZE


@dataclass(slots=True)
class Listing:
    """All instructions, and by their numbers where functions begin."""

    ops: list[Op]
    functions: dict[int, str]
    entry: int
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = sorted(self.functions)

    def ranges(self) -> list[range]:
        """The instructions of each function."""
        return [
            range(start, end)
            for start, end in zip(self._starts, [*self._starts[1:], len(self.ops)], strict=True)
        ]

    def function_at(self, number: int) -> int:
        """Where the function of an instruction begins."""
        return self._starts[bisect_right(self._starts, number) - 1]


def read(program: Program) -> Listing:
    """The instructions of a program. Raises LinkError for a jump that leaves its function."""
    numbers = dict[int, int]()
    ops = list[Op]()
    for at in decode(program.text):
        if at.opcode not in _OPCODES or at.opcode == CALLX:
            raise LinkError("opcode", f"instruction {at.pc}: opcode {at.opcode:#04x}")
        numbers[at.pc] = len(ops)
        place = at.pc * SIZE
        op = Op(at.opcode, at.destination, at.source, at.offset, at.immediate)
        op.constant, op.syscall = program.addresses.get(place), program.syscalls.get(place)
        if op.form in JUMPS:
            op.target = at.target
        elif op.opcode == CALL and op.syscall is None:
            op.target = at.call_target
        ops.append(op)
    functions = {numbers[at // SIZE]: name for at, name in program.functions.items()}
    listing = Listing(ops, functions, numbers[program.entry // SIZE])
    _resolve(listing, numbers)
    return listing


def _resolve(listing: Listing, numbers: Mapping[int, int]) -> None:
    """Targets from slots, or former numbers, to numbers of instructions."""
    for number, op in enumerate(listing.ops):
        if op.target is None:
            continue
        target = numbers.get(op.target)
        inside = target is not None and listing.function_at(target) == listing.function_at(number)
        if target is None or (target not in listing.functions if op.opcode == CALL else not inside):
            raise LinkError("jump-target", f"the {number}th instruction goes to {op.target}")
        op.target = target


def compacted(listing: Listing) -> Listing:
    """The listing that read() gives of what write() makes of this one, whose instructions it takes.

    Raises LinkError for a jump that leaves its function.
    """
    places, kept = dict[int, int](), list[Op]()
    for number, op in enumerate(listing.ops):
        places[number] = len(kept)
        if not op.dropped:
            kept.append(op)
    for op in kept:
        op.immediate = _signed(op.immediate, 64 if op.opcode == LDDW else 32)
    functions = {places[at]: name for at, name in listing.functions.items()}
    shorter = Listing(kept, functions, places[listing.entry])
    _resolve(shorter, {number: place for number, place in places.items() if place < len(kept)})
    return shorter


def _signed(value: int, bits: int) -> int:
    sign = 1 << bits - 1
    return (value & (sign << 1) - 1 ^ sign) - sign


def write(program: Program, listing: Listing) -> Program:
    """The program with these instructions instead of its own, less those that are dropped."""
    places, end = list[int](), 0
    for op in listing.ops:
        places.append(end)
        end += op.size
    text = bytearray()
    addresses, syscalls = dict[int, int](), dict[int, str]()
    for op, place in zip(listing.ops, places, strict=True):
        if op.dropped:
            continue
        if op.constant is not None:
            addresses[place] = op.constant
        if op.syscall is not None:
            syscalls[place] = op.syscall
        text += _bytes(op, place, places)
    return replace(
        program,
        text=bytes(text),
        entry=places[listing.entry],
        addresses=addresses,
        syscalls=syscalls,
        functions={places[at]: name for at, name in listing.functions.items()},
    )


def _bytes(op: Op, place: int, places: list[int]) -> bytes:
    source, offset, immediate = op.source, op.offset, op.immediate
    if op.target is not None:
        distance = (places[op.target] - place) // SIZE - 1
        if op.opcode == CALL:
            source, immediate = SOURCE_LOCAL, distance
        else:
            offset = distance
    registers = op.destination | source << 4
    low = immediate & _LOW
    first = _SLOT.pack(op.opcode, registers, offset, low - (1 << 32) if low >> 31 else low)
    if op.opcode != LDDW:
        return first
    return first + struct.pack("<4xI", immediate >> 32 & _LOW)
