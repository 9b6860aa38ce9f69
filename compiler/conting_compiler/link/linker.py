"""Object to verified ELF."""

from typing import Final, Literal

from conting_compiler.link import v0, v3
from conting_compiler.link.error import LinkError
from conting_compiler.link.listing import read, write
from conting_compiler.link.objects import Program, read_object
from conting_compiler.link.shorten import shortened
from conting_compiler.link.squeeze import squeezed
from conting_compiler.link.syscalls import DEPLOYABLE
from conting_compiler.link.verify import verify

Arch = Literal["v0", "v3"]
_WRITERS: Final = {"v0": v0.write, "v3": v3.write}


def link(object_bytes: bytes, arch: Arch) -> bytes:
    """The ELF of LLVM's object, without the functions that the entrypoint does not reach.

    Raises LinkError for an object that is no SBPF program, for a call to anything but a function
    or a deployable syscall, and for what the loader would refuse.
    """
    program = _program(object_bytes, arch)
    for name in program.syscalls.values():
        if name not in DEPLOYABLE:
            raise LinkError(
                "unknown-syscall",
                f"calls {name}, which mainnet does not have",
            )
    elf = _WRITERS[arch](program)
    verify(elf)
    return elf


def function_sizes(object_bytes: bytes, arch: Arch) -> dict[str, int]:
    """Bytes of code of each function in the ELF, by its name. Raises LinkError as link()."""
    program = _program(object_bytes, arch)
    starts = sorted(program.functions)
    ends = [*starts[1:], len(program.text)]
    return {program.functions[start]: end - start for start, end in zip(starts, ends, strict=True)}


def _program(object_bytes: bytes, arch: Arch) -> Program:
    base = v3.CONSTANTS_BASE if arch == "v3" else None
    program = read_object(object_bytes)
    return write(program, squeezed(shortened(read(program), base)))
