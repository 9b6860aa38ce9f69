"""Reads an SBPFv0 ELF by the loader's lenient rules (anza-xyz/sbpf elf.rs, elf_parser/mod.rs)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conting_compiler.link import elf, v0
from conting_compiler.link.error import LinkError
from conting_compiler.link.image import Image, check, check_equal, check_file_header
from conting_compiler.link.instructions import CALL, LDDW, SIZE
from conting_compiler.link.syscalls import HASHES

_REGION: Final = 1 << 32
_MAX_SECTION_NAME, _MAX_SYMBOL_NAME = 16, 64
_READ_ONLY: Final = frozenset({".text", ".rodata", ".data.rel.ro", ".eh_frame"})
_UNIQUE: Final = (".symtab", ".strtab", ".dynstr")


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    header: elf.SectionHeader

    @property
    def span(self) -> range:
        return range(self.header.offset, self.header.offset + self.header.size)


@dataclass(frozen=True, slots=True)
class _File:
    data: bytes
    segments: tuple[elf.ProgramHeader, ...]
    sections: tuple[_Section, ...]

    def section_at(self, address: int) -> _Section | None:
        """The first section at an address, which is the one that the loader takes."""
        return next((s for s in self.sections if s.header.addr == address), None)


def read_v0(data: bytes, header: elf.FileHeader) -> Image:
    """The bytecode and its syscalls. Raises LinkError if the loader would refuse the file."""
    check_file_header(header)
    check_equal("header-size", "e_shentsize", header.shentsize, elf.SECTION_HEADER.size)
    check("section-names", 0 < header.shstrndx < header.shnum, "e_shstrndx: no such section")
    machine = header.machine in {elf.EM_BPF, elf.EM_SBPF}
    check("machine", machine, f"e_machine is {header.machine}, neither BPF nor SBPF")
    check_equal("file-type", "e_type", header.type, elf.ET_DYN)
    file = _parse(data, header)
    _check_sections(file)
    text = next(s for s in file.sections if s.name == ".text")
    _check_text(text.header, header.entry)
    entry = (header.entry - text.header.addr) // SIZE
    syscalls = _relocated_calls(file, text.span)
    return Image(v0.VERSION, _slice(data, text.span), text.span.start, entry, syscalls)


def _slice(data: bytes, span: range) -> bytes:
    return data[span.start : span.stop]


def _overlap(one: range, other: range) -> bool:
    return not (one.stop <= other.start or other.stop <= one.start)


def _parse(data: bytes, header: elf.FileHeader) -> _File:
    file_header = range(elf.FILE_HEADER.size)
    segments_end = header.phoff + header.phnum * elf.PROGRAM_HEADER.size
    sections_end = header.shoff + header.shnum * elf.SECTION_HEADER.size
    tables = range(header.phoff, segments_end), range(header.shoff, sections_end)
    for name, table in zip(("program", "section"), tables, strict=True):
        place = f"the {name} headers at {table.start:#x}"
        check("table-bounds", table.stop <= len(data), f"{place} reach behind the file")
        check("table-alignment", table.start % 8 == 0, f"{place} are not 8-aligned")
        check("overlap", not _overlap(table, file_header), f"{place} overlap the file header")
    check("overlap", not _overlap(*tables), "program headers and section headers overlap")
    fields = elf.PROGRAM_HEADER.iter_unpack(_slice(data, tables[0]))
    segments = tuple(elf.ProgramHeader._make(f) for f in fields)
    _check_segments(data, segments)
    fields = elf.SECTION_HEADER.iter_unpack(_slice(data, tables[1]))
    headers = [elf.SectionHeader._make(f) for f in fields]
    _check_layout(data, headers, (file_header, *tables))
    names = headers[header.shstrndx]
    sections = (_Section(_string(data, names, h.name, _MAX_SECTION_NAME), h) for h in headers)
    return _File(data, segments, tuple(sections))


def _check_segments(data: bytes, segments: Iterable[elf.ProgramHeader]) -> None:
    address = 0
    for index, segment in enumerate(segments):
        place = f"program header {index}"
        wraps = segment.vaddr + segment.memsz >= 1 << 64
        check("segment-wrap", not wraps, f"{place}: p_vaddr + p_memsz exceeds 64 bits")
        if segment.type == elf.PT_LOAD:
            fits = segment.offset + segment.filesz <= len(data)
            check("segment-size", fits, f"{place} reaches behind the file")
            check("segment-order", segment.vaddr >= address, f"{place}: p_vaddr below the last")
            address = segment.vaddr


def _check_layout(data: bytes, headers: list[elf.SectionHeader], taken: tuple[range, ...]) -> None:
    check_equal("first-section", "sh_type of section 0", headers[0].type, elf.SHT_NULL)
    offset = 0
    for index, header in enumerate(headers):
        span = range(header.offset, header.offset + header.size)
        check("section-bounds", span.stop <= len(data), f"section {index} reaches behind the file")
        if header.type != elf.SHT_NOBITS:
            clear = not any(_overlap(span, other) for other in taken)
            check("overlap", clear, f"section {index} overlaps headers")
            check("section-order", span.start >= offset, f"section {index} overlaps the last")
            offset = span.stop


def _string(data: bytes, table: elf.SectionHeader, start: int, limit: int) -> str:
    place = f"the name at {start:#x} of the strings at {table.offset:#x}"
    check("strings", table.type == elf.SHT_STRTAB, f"{place}: no string table")
    begin, end = table.offset + start, table.offset + min(table.size, start + limit)
    text = data[begin:end]
    check("name", begin <= end and b"\0" in text, f"{place} is missing or too long")
    return elf.string(text, 0)


def _check_sections(file: _File) -> None:
    names = [section.name for section in file.sections]
    check("one-text", names.count(".text") == 1, "there must be one section .text")
    for name in _UNIQUE:
        check("duplicate-section", names.count(name) <= 1, f"several sections {name}")
    for name, header in ((s.name, s.header) for s in file.sections):
        writable = header.flags & elf.SHF_WRITE and header.flags & elf.SHF_ALLOC
        data = name.startswith(".data") and not name.startswith(".data.rel")
        check("writable-data", not (data and writable), f"{name} is writable")
        check("writable-data", not name.startswith(".bss"), f"{name} is writable")
        if name in _READ_ONLY:
            check_equal("section-address", f"sh_addr of {name}", header.addr, header.offset)
            check("section-address", header.addr <= _REGION, f"{name} reaches into the stack")


def _check_text(text: elf.SectionHeader, entry: int) -> None:
    check("no-text", text.type != elf.SHT_NOBITS and text.size > 0, ".text is empty")
    check("text-size", text.size % SIZE == 0, f".text: {text.size} is no multiple of {SIZE}")
    inside = text.addr <= entry < text.addr + text.size and (entry - text.addr) % SIZE == 0
    check("entry", inside, f"e_entry {entry:#x} is no instruction of .text")


def _relocated_calls(file: _File, text: range) -> dict[int, str]:
    """Slot -> syscall, for the calls that the dynamic relocations name."""
    dynamic = _dynamic_table(file)
    symbols = _symbols(file, dynamic.get(elf.DT_SYMTAB, 0))
    calls = dict[int, str]()
    for relocation in _relocations(file, dynamic):
        place = f"relocation at {relocation.offset:#x}"
        at = relocation.offset - text.start
        opcode = file.data[relocation.offset] if relocation.offset in text and at % 8 == 0 else None
        if relocation.type == elf.R_BPF_64_32:
            check("relocation-place", opcode == CALL, f"{place}: not at a call")
            known = relocation.symbol < len(symbols)
            check("relocation-symbol", known, f"{place}: no symbol {relocation.symbol}")
            calls[at // SIZE] = _syscall(file, symbols[relocation.symbol], place)
        elif relocation.type in {elf.R_BPF_64_64, elf.R_BPF_64_RELATIVE}:
            check("relocation-place", opcode == LDDW, f"{place}: not at a lddw")
            known = relocation.type == elf.R_BPF_64_RELATIVE or relocation.symbol < len(symbols)
            check("relocation-symbol", known, f"{place}: no symbol {relocation.symbol}")
            zero = file.data[relocation.offset + 4 : relocation.offset + 16]
            check("relocation-address", any(zero), f"{place}: the address is 0")
        else:
            raise LinkError("relocation-type", f"{place}: type {relocation.type}")
    return calls


def _syscall(file: _File, symbol: elf.Symbol, place: str) -> str:
    strings = next((s.header for s in file.sections if s.name == ".dynstr"), None)
    if strings is None:
        raise LinkError("strings", "there is no section .dynstr")
    name = _string(file.data, strings, symbol.name, _MAX_SYMBOL_NAME)
    local = symbol.type == elf.STT_FUNC and symbol.value != 0
    check("relocation-place", not local, f"{place}: a local call must carry its distance")
    check("unknown-syscall", name in HASHES, f"{place}: there is no syscall {name!r}")
    return name


def _dynamic_table(file: _File) -> dict[int, int]:
    segment = next((s for s in file.segments if s.type == elf.PT_DYNAMIC), None)
    section = next((s.header for s in file.sections if s.header.type == elf.SHT_DYNAMIC), None)
    if segment is None and section is None:
        return {}
    if segment is None or section is None or (segment.offset, segment.filesz) != section[4:6]:
        raise LinkError("dynamic-segment", "PT_DYNAMIC and SHT_DYNAMIC are not the same bytes")
    whole = section.size % elf.DYNAMIC.size == 0 and section.offset % 8 == 0
    check("dynamic-table", whole, f"the dynamic table has {section.size} bytes")
    table = dict[int, int]()
    body = file.data[section.offset : section.offset + section.size]
    for tag, value in elf.DYNAMIC.iter_unpack(body):
        if tag == elf.DT_NULL:
            break
        table[tag] = value
    return table


def _symbols(file: _File, address: int) -> list[elf.Symbol]:
    if address == 0:
        return []
    section = file.section_at(address)
    if section is None or section.header.type not in {elf.SHT_SYMTAB, elf.SHT_DYNSYM}:
        raise LinkError("dynamic-table", f"DT_SYMTAB {address:#x} is no symbol table")
    whole = section.header.size % elf.SYMBOL.size == 0 and section.header.offset % 8 == 0
    check("dynamic-table", whole, f"the symbol table has {section.header.size} bytes")
    return [elf.Symbol._make(f) for f in elf.SYMBOL.iter_unpack(_slice(file.data, section.span))]


def _relocations(file: _File, dynamic: dict[int, int]) -> list[elf.Relocation]:
    address, size = dynamic.get(elf.DT_REL, 0), dynamic.get(elf.DT_RELSZ, 0)
    if address == 0:
        return []
    check_equal("dynamic-table", "DT_RELENT", dynamic.get(elf.DT_RELENT, 0), elf.RELOCATION.size)
    check("dynamic-table", size > 0 and size % elf.RELOCATION.size == 0, f"DT_RELSZ is {size}")
    segment = next((s for s in file.segments if s.vaddr <= address < s.vaddr + s.memsz), None)
    section = file.section_at(address)
    if segment is not None:
        offset = address - segment.vaddr + segment.offset
    elif section is not None:
        offset = section.header.offset
    else:
        raise LinkError("dynamic-table", f"DT_REL {address:#x} is in no segment and no section")
    fits = offset % 8 == 0 and offset + size <= len(file.data)
    check("dynamic-table", fits, f"the relocations at {offset:#x} do not fit into the file")
    body = file.data[offset : offset + size]
    return [elf.Relocation._make(f) for f in elf.RELOCATION.iter_unpack(body)]
