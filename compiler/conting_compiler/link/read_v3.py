"""Reads an SBPFv3 ELF by the loader's strict rules (anza-xyz/sbpf src/elf.rs, SIMD-0189)."""

from conting_compiler.link import elf, v3
from conting_compiler.link.image import Image, check, check_equal, check_file_header
from conting_compiler.link.instructions import SIZE


def read_v3(data: bytes, header: elf.FileHeader) -> Image:
    """The bytecode. Raises LinkError if the loader would refuse the file."""
    check_file_header(header)
    check("ident", header.ident == elf.IDENT, "e_ident: ABI version and padding must be 0")
    check_equal("machine", "e_machine", header.machine, elf.EM_BPF)
    check_equal("program-headers", "e_phoff", header.phoff, elf.FILE_HEADER.size)
    end = elf.FILE_HEADER.size + header.phnum * elf.PROGRAM_HEADER.size
    check("program-headers", header.phnum >= 1, "there is no program header")
    check("program-headers", end < len(data), "the program headers do not fit into the file")
    table = data[elf.FILE_HEADER.size : end]
    segments = [elf.ProgramHeader._make(f) for f in elf.PROGRAM_HEADER.iter_unpack(table)]
    if segments[0].flags == elf.PF_R:
        _check_segment(data, segments[0], "constants", end, v3.CONSTANTS_BASE)
        end += segments.pop(0).filesz
    check("program-headers", bool(segments), "there is no program header for the bytecode")
    text = segments[0]
    check_equal("segment-flags", "p_flags of the bytecode", text.flags, elf.PF_X)
    _check_segment(data, text, "bytecode", end, v3.TEXT_BASE)
    check("no-text", text.filesz > 0, "there is no bytecode")
    entry = header.entry - v3.TEXT_BASE
    inside = 0 <= entry < text.filesz and entry % SIZE == 0
    check("entry", inside, f"e_entry {header.entry:#x} is no instruction of the bytecode")
    body = data[text.offset : text.offset + text.filesz]
    return Image(v3.VERSION, body, text.offset, entry // SIZE, {})


def _check_segment(
    data: bytes, segment: elf.ProgramHeader, name: str, offset: int, address: int
) -> None:
    check_equal("segment-type", f"p_type of the {name}", segment.type, elf.PT_LOAD)
    check_equal("segment-offset", f"p_offset of the {name}", segment.offset, offset)
    check_equal("segment-address", f"p_vaddr of the {name}", segment.vaddr, address)
    check_equal("segment-address", f"p_paddr of the {name}", segment.paddr, address)
    check_equal("segment-size", f"p_memsz of the {name}", segment.memsz, segment.filesz)
    fits = offset < len(data) and segment.filesz <= len(data) - offset
    check("segment-size", fits, f"the {name} do not fit into the file")
    check("segment-size", segment.filesz % SIZE == 0, f"p_filesz of the {name}: no multiple of 8")
