"""The records of a little-endian ELF64 file, and the numbers in them (System V gABI)."""

import struct
from typing import Final, NamedTuple

IDENT: Final = b"\x7fELF\x02\x01\x01" + bytes(9)
ET_DYN: Final = 3
EM_BPF: Final = 247
EM_SBPF: Final = 263
PT_LOAD, PT_DYNAMIC = 1, 2
PF_X, PF_R = 1, 4
SHT_NULL, SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB = 0, 1, 2, 3
SHT_DYNAMIC, SHT_NOBITS, SHT_REL, SHT_DYNSYM = 6, 8, 9, 11
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
DT_NULL, DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_SYMENT, DT_REL, DT_RELSZ, DT_RELENT = (
    0,
    5,
    6,
    10,
    11,
    17,
    18,
    19,
)
STT_FUNC, STT_SECTION = 2, 3
SHN_UNDEF: Final = 0
STB_GLOBAL: Final = 1
R_BPF_64_64, R_BPF_64_ABS64, R_BPF_64_RELATIVE, R_BPF_64_32 = 1, 2, 8, 10

FILE_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
SECTION_HEADER: Final = struct.Struct("<IIQQQQIIQQ")
SYMBOL: Final = struct.Struct("<IBBHQQ")
RELOCATION: Final = struct.Struct("<QII")
DYNAMIC: Final = struct.Struct("<QQ")


class FileHeader(NamedTuple):
    """Elf64_Ehdr."""

    ident: bytes
    type: int
    machine: int
    version: int
    entry: int
    phoff: int
    shoff: int
    flags: int
    ehsize: int
    phentsize: int
    phnum: int
    shentsize: int
    shnum: int
    shstrndx: int


class ProgramHeader(NamedTuple):
    """Elf64_Phdr."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int


class SectionHeader(NamedTuple):
    """Elf64_Shdr."""

    name: int
    type: int
    flags: int
    addr: int
    offset: int
    size: int
    link: int
    info: int
    addralign: int
    entsize: int


class Symbol(NamedTuple):
    """Elf64_Sym."""

    name: int
    info: int
    other: int
    section: int
    value: int
    size: int

    @property
    def type(self) -> int:
        """STT_..."""
        return self.info & 15


class Relocation(NamedTuple):
    """Elf64_Rel, its r_info split."""

    offset: int
    type: int
    symbol: int


def file_header(
    version: int, entry: int, segments: int, sections_at: int = 0, sections: int = 0
) -> bytes:
    """The file header of an SBPF program; section names are in the last section."""
    header = FileHeader(
        ident=IDENT,
        type=ET_DYN,
        machine=EM_BPF,
        version=1,
        entry=entry,
        phoff=FILE_HEADER.size,
        shoff=sections_at,
        flags=version,
        ehsize=FILE_HEADER.size,
        phentsize=PROGRAM_HEADER.size,
        phnum=segments,
        shentsize=SECTION_HEADER.size,
        shnum=sections,
        shstrndx=max(sections - 1, 0),
    )
    return FILE_HEADER.pack(*header)


def string(table: bytes, start: int) -> str:
    """The NUL-terminated string at an offset of a string table."""
    return table[start : table.index(b"\0", start)].decode(errors="replace")
