"""Writes SBPFv0: text and constants in one image at 1 << 32, relocations for the syscalls."""

from dataclasses import dataclass
from typing import Final

from conting_compiler.link import elf
from conting_compiler.link.instructions import SOURCE_SYSCALL, patch_call
from conting_compiler.link.objects import Program
from conting_compiler.link.prologue import with_prologue

VERSION: Final = 0
IMAGE_BASE: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class _Section:
    name: str
    type: int
    flags: int
    data: bytes
    link: str = ""
    entry_size: int = 0


@dataclass(frozen=True, slots=True)
class _Segment:
    type: int
    flags: int
    sections: tuple[str, str]
    """The first and the last section in it."""


def write(program: Program) -> bytes:
    """The ELF file: headers, .text, .rodata, dynamic tables, names, section headers."""
    program = with_prologue(program)
    last_constant = ".rodata" if program.constants else ".text"
    segments = [_Segment(elf.PT_LOAD, elf.PF_R | elf.PF_X, (".text", last_constant))]
    if program.syscalls:
        segments.append(_Segment(elf.PT_LOAD, elf.PF_R, (".dynsym", ".dynamic")))
        segments.append(_Segment(elf.PT_DYNAMIC, elf.PF_R, (".dynamic", ".dynamic")))
    text_at = elf.FILE_HEADER.size + len(segments) * elf.PROGRAM_HEADER.size
    constants_at = text_at + len(program.text)
    text, constants = program.place(IMAGE_BASE + constants_at)
    for at in program.syscalls:
        # -1: the loader looks for a relocation
        patch_call(text, at, SOURCE_SYSCALL, -1)
    sections = [
        _Section(".text", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR, bytes(text)),
        _Section(".rodata", elf.SHT_PROGBITS, elf.SHF_ALLOC, bytes(constants)),
    ]
    if program.syscalls:
        calls = {text_at + at: name for at, name in program.syscalls.items()}
        sections += _dynamic(calls, constants_at + len(constants))
    # the loader takes the first section at an address for the one that is meant: no empty ones
    return _file([s for s in sections if s.data], segments, text_at, text_at + program.entry)


def _dynamic(calls: dict[int, str], at: int) -> list[_Section]:
    """.dynsym at file offset `at`, .dynstr, .rel.dyn, .dynamic for calls (offset -> syscall)."""
    names = sorted(set(calls.values()))
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    starts = [strings.index(b"\0" + name.encode() + b"\0") + 1 for name in names]
    strings += bytes(-len(strings) % 8)
    symbols = [elf.SYMBOL.pack(start, elf.STB_GLOBAL << 4, 0, 0, 0, 0) for start in starts]
    symbol_table = bytes(elf.SYMBOL.size) + b"".join(symbols)
    relocations = b"".join(
        elf.RELOCATION.pack(offset, elf.R_BPF_64_32, names.index(name) + 1)
        for offset, name in sorted(calls.items())
    )
    strings_at = at + len(symbol_table)
    tags = (
        (elf.DT_SYMTAB, at),
        (elf.DT_SYMENT, elf.SYMBOL.size),
        (elf.DT_STRTAB, strings_at),
        (elf.DT_STRSZ, len(strings)),
        (elf.DT_REL, strings_at + len(strings)),
        (elf.DT_RELSZ, len(relocations)),
        (elf.DT_RELENT, elf.RELOCATION.size),
        (elf.DT_NULL, 0),
    )
    table = b"".join(elf.DYNAMIC.pack(*tag) for tag in tags)
    return [
        _Section(
            ".dynsym", elf.SHT_DYNSYM, elf.SHF_ALLOC, symbol_table, ".dynstr", elf.SYMBOL.size
        ),
        _Section(".dynstr", elf.SHT_STRTAB, elf.SHF_ALLOC, strings),
        _Section(
            ".rel.dyn", elf.SHT_REL, elf.SHF_ALLOC, relocations, ".dynsym", elf.RELOCATION.size
        ),
        _Section(".dynamic", elf.SHT_DYNAMIC, elf.SHF_ALLOC, table, ".dynstr", elf.DYNAMIC.size),
    ]


def _file(sections: list[_Section], segments: list[_Segment], start: int, entry: int) -> bytes:
    names = b"\0" + b"".join(s.name.encode() + b"\0" for s in sections) + b".shstrtab\0"
    names += bytes(-len(names) % 8)
    sections = [*sections, _Section(".shstrtab", elf.SHT_STRTAB, 0, names)]
    indices = {section.name: index for index, section in enumerate(sections, start=1)}
    rows, body, spans = [bytes(elf.SECTION_HEADER.size)], b"", dict[str, range]()
    for section in sections:
        offset = start + len(body)
        spans[section.name] = range(offset, offset + len(section.data))
        rows.append(
            _row(
                section,
                names.index(section.name.encode() + b"\0"),
                offset,
                indices.get(section.link, 0),
            )
        )
        body += section.data
    head = elf.file_header(VERSION, entry, len(segments), start + len(body), len(rows))
    return head + b"".join(_segment(s, spans) for s in segments) + body + b"".join(rows)


def _segment(segment: _Segment, spans: dict[str, range]) -> bytes:
    first, last = segment.sections
    at = spans[first].start
    size = spans[last].stop - at
    return elf.PROGRAM_HEADER.pack(segment.type, segment.flags, at, at, at, size, size, 8)


def _row(section: _Section, name: int, offset: int, link: int) -> bytes:
    header = elf.SectionHeader(
        name=name,
        type=section.type,
        flags=section.flags,
        addr=offset if section.flags & elf.SHF_ALLOC else 0,
        offset=offset,
        size=len(section.data),
        link=link,
        info=1 if section.type == elf.SHT_DYNSYM else 0,
        addralign=8,
        entsize=section.entry_size,
    )
    return elf.SECTION_HEADER.pack(*header)
