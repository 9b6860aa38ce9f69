"""Object to verified ELF."""

from typing import Final, Literal

from conting_compiler.link import v0, v3
from conting_compiler.link.error import LinkError
from conting_compiler.link.objects import read_object
from conting_compiler.link.syscalls import DEPLOYABLE
from conting_compiler.link.verify import verify

Arch = Literal["v0", "v3"]
_WRITERS: Final = {"v0": v0.write, "v3": v3.write}


def link(object_bytes: bytes, arch: Arch) -> bytes:
    """The ELF of LLVM's object, without the functions that the entrypoint does not reach.

    Raises LinkError for an object that is no SBPF program, for a call to anything but a function
    or a deployable syscall, and for what the loader would refuse.
    """
    program = read_object(object_bytes)
    for name in program.syscalls.values():
        if name not in DEPLOYABLE:
            raise LinkError(
                "unknown-syscall",
                f"calls {name}, which mainnet does not have",
            )
    elf = _WRITERS[arch](program)
    verify(elf)
    return elf
