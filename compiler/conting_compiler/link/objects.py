"""Reads LLVM's BPF objects: what the entrypoint reaches, the constants, what to patch.

Local calls within .text carry their distance already; LLVM leaves relocations for syscalls, for
functions of another object and for addresses of constants. All objects of a program have the same
constants, and each has some of its functions.
"""

import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from conting_compiler.link import elf
from conting_compiler.link.error import LinkError
from conting_compiler.link.instructions import (
    CALL,
    CALLX,
    SIZE,
    SOURCE_LOCAL,
    Instruction,
    decode,
    patch_call,
    patch_constant,
)

ENTRYPOINT = "entrypoint"
_WORD = 8
_MASK = (1 << 64) - 1
_MAX_ALIGNMENT = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """A program whose local calls are in place. Offsets are bytes, of the text or the constants."""

    text: bytes
    entry: int
    constants: bytes
    addresses: dict[int, int]
    """lddw in the text -> the constant whose address it loads."""
    pointers: dict[int, int]
    """Word in the constants -> the constant whose address it holds."""
    syscalls: dict[int, str]
    """Call in the text -> syscall."""
    functions: dict[int, str]
    """Where each function begins in the text -> its name."""

    def place(self, base: int) -> tuple[bytearray, bytearray]:
        """Text and constants, the addresses filled in for constants at `base`."""
        text, constants = bytearray(self.text), bytearray(self.constants)
        for at, constant in self.addresses.items():
            patch_constant(text, at, base + constant & _MASK)
        for at, constant in self.pointers.items():
            constants[at : at + _WORD] = (base + constant & _MASK).to_bytes(_WORD, "little")
        return text, constants


@dataclass(frozen=True, slots=True)
class _Part:
    """What one object has of a program."""

    text: bytes
    constants: bytes
    addresses: dict[int, int]
    pointers: dict[int, int]
    undefined: dict[int, str]
    """Call in the text -> syscall, or function of another object."""
    functions: dict[str, range]
    """Where each is in the text, in order."""


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    header: elf.SectionHeader
    data: bytes


@dataclass(frozen=True, slots=True)
class _Object:
    sections: tuple[_Section, ...]
    symbols: tuple[elf.Symbol, ...]
    strings: bytes

    def name(self, symbol: elf.Symbol) -> str:
        return elf.string(self.strings, symbol.name)

    def relocations(self, section: int) -> list[elf.Relocation]:
        """Those that apply to a section."""
        headers = ((s.header, s.data) for s in self.sections)
        tables = (d for h, d in headers if h.type == elf.SHT_REL and h.info == section)
        return [
            elf.Relocation._make(f) for data in tables for f in elf.RELOCATION.iter_unpack(data)
        ]


def read_object(data: bytes) -> Program:
    """The program in one or several objects of LLVM's BPF back end, one after the other.

    Raises LinkError for what an SBPF program cannot have: several text sections, writable data,
    no entrypoint, calls through registers; and for a damaged object.
    """
    try:
        return _joined([_read(_parse(each)) for each in _objects(data)])
    except (struct.error, ArithmeticError, LookupError, ValueError, StopIteration) as error:
        raise LinkError("object", f"a damaged or foreign ELF object: {error!r}") from error


def _objects(data: bytes) -> Iterator[bytes]:
    """Each object; LLVM puts the table of sections last."""
    while True:
        header = elf.FileHeader._make(elf.FILE_HEADER.unpack_from(data))
        size = header.shoff + header.shnum * elf.SECTION_HEADER.size
        yield data[:size]
        data = data[size:]
        if not data:
            return


def _joined(parts: list[_Part]) -> Program:
    """The whole program."""
    text, constants, pointers = bytearray(), parts[0].constants, parts[0].pointers
    addresses, syscalls, functions = dict[int, int](), dict[int, str](), dict[str, range]()
    for part in parts:
        if (part.constants, part.pointers) != (constants, pointers):
            raise LinkError("constants", "objects of one program have different constants")
        start = len(text)
        text += part.text
        addresses |= {start + at: constant for at, constant in part.addresses.items()}
        syscalls |= {start + at: name for at, name in part.undefined.items()}
        for name, place in part.functions.items():
            if name in functions:
                raise LinkError("function", f"{name!r} is in two objects")
            functions[name] = range(start + place.start, start + place.stop)
    for at in [at for at, name in syscalls.items() if name in functions]:
        target = functions[syscalls.pop(at)].start
        patch_call(text, at, SOURCE_LOCAL, (target - at) // SIZE - 1)
    if ENTRYPOINT not in functions:
        raise LinkError("no-entrypoint", f"the object has no function {ENTRYPOINT!r}")
    entry = functions[ENTRYPOINT].start
    names = {place.start: name for name, place in functions.items()}
    whole = Program(bytes(text), entry, constants, addresses, pointers, syscalls, names)
    return _without_unreachable(whole, list(functions.values()))


def _read(obj: _Object) -> _Part:
    index, text = _text(obj)
    constants, starts = _constants(obj)
    addresses, undefined = dict[int, int](), dict[int, str]()
    for relocation in obj.relocations(index):
        symbol = obj.symbols[relocation.symbol]
        if relocation.type == elf.R_BPF_64_64:
            low, high = struct.unpack_from("<4xI4xI", text, relocation.offset)
            addresses[relocation.offset] = _target(obj, starts, symbol, low | high << 32)
        elif relocation.type == elf.R_BPF_64_32 and symbol.section == elf.SHN_UNDEF:
            undefined[relocation.offset] = obj.name(symbol)
        elif relocation.type == elf.R_BPF_64_32 and symbol.section == index:
            distance = (symbol.value - relocation.offset) // SIZE - 1
            patch_call(text, relocation.offset, SOURCE_LOCAL, distance)
        else:
            raise LinkError("relocation-type", f".text+{relocation.offset:#x}: {relocation.type}")
    pointers = {
        start + relocation.offset: _pointer(obj, starts, section, relocation)
        for section, start in starts.items()
        for relocation in obj.relocations(section)
    }
    functions = _functions(obj, index, text)
    return _Part(bytes(text), constants, addresses, pointers, undefined, functions)


def _parse(data: bytes) -> _Object:
    header = elf.FileHeader._make(elf.FILE_HEADER.unpack_from(data))
    table = data[header.shoff : header.shoff + header.shnum * elf.SECTION_HEADER.size]
    headers = [elf.SectionHeader._make(f) for f in elf.SECTION_HEADER.iter_unpack(table)]
    bodies = [data[h.offset : h.offset + h.size] for h in headers]
    names = [elf.string(bodies[header.shstrndx], h.name) for h in headers]
    symbols = next(i for i, h in enumerate(headers) if h.type == elf.SHT_SYMTAB)
    return _Object(
        tuple(_Section(*fields) for fields in zip(names, headers, bodies, strict=True)),
        tuple(elf.Symbol._make(f) for f in elf.SYMBOL.iter_unpack(bodies[symbols])),
        bodies[headers[symbols].link],
    )


def _text(obj: _Object) -> tuple[int, bytearray]:
    sections = enumerate(obj.sections)
    code = [(i, s.data) for i, s in sections if s.header.flags & elf.SHF_EXECINSTR and s.data]
    if len(code) != 1:
        raise LinkError("one-text", f"{len(code)} text sections; there must be one")
    index, text = code[0]
    return index, bytearray(text)


def _constants(obj: _Object) -> tuple[bytes, dict[int, int]]:
    """The read-only sections one after the other, and where each section begins."""
    data, starts = bytearray(), dict[int, int]()
    for index, section in enumerate(obj.sections):
        header = section.header
        loaded = header.flags & elf.SHF_ALLOC and not header.flags & elf.SHF_EXECINSTR
        if not loaded or header.size == 0 or section.name == ".eh_frame":
            continue
        if header.flags & elf.SHF_WRITE and section.name != ".data.rel.ro":
            raise LinkError("writable-data", f"{section.name}: SBPF has no writable data")
        if header.addralign > _MAX_ALIGNMENT:
            raise LinkError("alignment", f"{section.name}: {header.addralign} bytes")
        data += bytes(-len(data) % max(_WORD, header.addralign))
        starts[index] = len(data)
        data += section.data
    return bytes(data) + bytes(-len(data) % _WORD), starts


def _target(obj: _Object, starts: dict[int, int], symbol: elf.Symbol, addend: int) -> int:
    if symbol.section not in starts:
        raise LinkError("address", f"the address of {obj.name(symbol)!r}, which is no constant")
    return starts[symbol.section] + symbol.value + addend


def _pointer(obj: _Object, starts: dict[int, int], section: int, relocation: elf.Relocation) -> int:
    if relocation.type != elf.R_BPF_64_ABS64:
        name = obj.sections[section].name
        raise LinkError("relocation-type", f"{name}+{relocation.offset:#x}: {relocation.type}")
    (addend,) = struct.unpack_from("<Q", obj.sections[section].data, relocation.offset)
    return _target(obj, starts, obj.symbols[relocation.symbol], addend)


def _functions(obj: _Object, index: int, text: bytearray) -> dict[str, range]:
    """The byte ranges of the functions, in order."""
    found = (s for s in obj.symbols if s.type == elf.STT_FUNC and s.section == index)
    functions, end = dict[str, range](), 0
    for symbol in sorted(found, key=lambda s: s.value):
        start, end, before = symbol.value, symbol.value + symbol.size, end
        if start < before or end > len(text) or start % SIZE or end % SIZE:
            raise LinkError("function", f"{obj.name(symbol)!r} at {start:#x} to {end:#x} of .text")
        functions[obj.name(symbol)] = range(start, end)
    return functions


def _without_unreachable(program: Program, functions: list[range]) -> Program:
    """The program with those functions only that calls reach from the entrypoint."""
    starts = [function.start for function in functions]
    calls = {function: _local_calls(program, function) for function in functions}

    def at(offset: int) -> range:
        return functions[bisect_right(starts, offset) - 1]

    kept, waiting = set[range](), [at(program.entry)]
    while waiting:
        function = waiting.pop()
        if function not in kept:
            kept.add(function)
            waiting += [at(call.call_target * SIZE) for call in calls[function]]
    slots = [slot for function in functions if function in kept for slot in function[::SIZE]]
    moved = {slot: new * SIZE for new, slot in enumerate(slots)}
    text = bytearray().join(program.text[slot : slot + SIZE] for slot in slots)
    for call in (call for function in kept for call in calls[function]):
        start, target = moved[call.pc * SIZE], moved[call.call_target * SIZE]
        patch_call(text, start, SOURCE_LOCAL, (target - start) // SIZE - 1)
    return Program(
        bytes(text),
        moved[program.entry],
        program.constants,
        {moved[at]: constant for at, constant in program.addresses.items() if at in moved},
        program.pointers,
        {moved[at]: name for at, name in program.syscalls.items() if at in moved},
        {moved[at]: name for at, name in program.functions.items() if at in moved},
    )


def _local_calls(program: Program, function: range) -> list[Instruction]:
    first = function.start // SIZE
    code = decode(program.text[function.start : function.stop])
    found = (i._replace(pc=i.pc + first) for i in code if i.opcode in {CALL, CALLX})
    calls = [call for call in found if call.pc * SIZE not in program.syscalls]
    for call in calls:
        if call.opcode == CALLX or not 0 <= call.call_target * SIZE < len(program.text):
            raise LinkError("indirect-call", f"instruction {call.pc}: a call through a register")
    return calls
