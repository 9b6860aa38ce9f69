"""Writes SBPFv3: constants at 0, bytecode at 1 << 32, no relocations (SIMD-0178, 0189, 0377)."""

from typing import Final

from conting_compiler.link import elf
from conting_compiler.link.instructions import SOURCE_SYSCALL, patch_call
from conting_compiler.link.objects import Program
from conting_compiler.link.syscalls import HASHES

VERSION: Final = 3
CONSTANTS_BASE: Final = 0
TEXT_BASE: Final = 1 << 32


def write(program: Program) -> bytes:
    """The ELF file: file header, program headers, constants, bytecode."""
    text, constants = program.place(CONSTANTS_BASE)
    for at, name in program.syscalls.items():
        patch_call(text, at, SOURCE_SYSCALL, HASHES[name])
    loads = [(elf.PF_R, CONSTANTS_BASE, constants)] if constants else []
    loads.append((elf.PF_X, TEXT_BASE, text))
    body = elf.FILE_HEADER.size + len(loads) * elf.PROGRAM_HEADER.size
    out = bytearray(elf.file_header(VERSION, TEXT_BASE + program.entry, len(loads)))
    for flags, address, data in loads:
        size = len(data)
        out += elf.PROGRAM_HEADER.pack(elf.PT_LOAD, flags, body, address, address, size, size, 8)
        body += size
    return bytes(out + b"".join(data for _, _, data in loads))
