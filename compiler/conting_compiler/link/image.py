"""What the verifier reads of an SBPF ELF, and what it checks in both versions."""

from dataclasses import dataclass

from conting_compiler.link import elf
from conting_compiler.link.error import LinkError


@dataclass(frozen=True, slots=True)
class Image:
    """The bytecode of a program; `entry` in slots, `offset` in bytes from the start of the file."""

    version: int
    text: bytes
    offset: int
    entry: int
    syscalls: dict[int, str]
    """v0: slot of a call -> syscall, from the relocations."""


def check(rule: str, holds: bool, message: str) -> None:  # noqa: FBT001 - an assertion
    """Raises LinkError unless the rule holds."""
    if not holds:
        raise LinkError(rule, message)


def check_equal(rule: str, name: str, value: int, expected: int) -> None:
    """Raises LinkError unless a field has the value that the rule demands."""
    check(rule, value == expected, f"{name} is {value:#x}, not {expected:#x}")


def check_file_header(header: elf.FileHeader) -> None:
    """What holds of the file header in both versions."""
    ident = header.ident[:8] == elf.IDENT[:8]
    check("ident", ident, "e_ident: not a 64-bit little-endian ELF without an OS ABI")
    check_equal("elf-version", "e_version", header.version, 1)
    check_equal("header-size", "e_ehsize", header.ehsize, elf.FILE_HEADER.size)
    check_equal("header-size", "e_phentsize", header.phentsize, elf.PROGRAM_HEADER.size)
