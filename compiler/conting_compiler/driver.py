"""All stages in order: from a program's folder to its ELF, IDLs and client.

compile_program(Path("programs/ticket")).elf
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from conting_compiler import frontend
from conting_compiler.clientgen import generate
from conting_compiler.diagnostics import Diagnostic, UserError
from conting_compiler.idl import Json, build_idl, build_legacy_idl
from conting_compiler.interleave import Job, interleave
from conting_compiler.ir import lowered, lowered_text, typed, typed_text
from conting_compiler.link.disasm import disassemble
from conting_compiler.link.linker import Arch, link
from conting_compiler.llvm.codegen import Backend, Emitted
from conting_compiler.llvm.kept import Kept
from conting_compiler.llvm.lint import TooLargeError
from conting_compiler.lower import lower


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything that comes out of a program, and what each stage made of it."""

    name: str
    elf: bytes
    idl: dict[str, Json]
    """Anchor's format from 0.30 on (spec 0.1.0)."""
    legacy_idl: dict[str, Json]
    """Anchor's format up to 0.29."""
    client: str
    """Text of the generated Python client."""
    program: typed.Program
    lowered: lowered.Module
    emitted: Emitted

    def stage(self, name: str) -> str:
        """The text of one of STAGES. Raises KeyError for any other name."""
        return _STAGES[name](self)


def compile_program(root: Path, *, arch: Arch = "v3", compact: bool | None = None) -> Compiled:
    """Compiles the program at `root`: a folder with a `program.py`, or one file.

    `compact`: see lower(). Raises UserError with all that is wrong in the program, ConfigError if
    there is none at `root`, InternalError and LinkError for what the compiler should not have made.
    """
    (compiled,) = _compile_all([root], arch, compact=compact)
    return compiled


def compile_programs(roots: Iterable[Path], *, arch: Arch = "v3") -> list[Compiled]:
    """As compile_program, for several: while LLVM works at one, the next are read. Raises what
    compiling one after the other would raise first.
    """
    return _compile_all(list(roots), arch, compact=None)


def _compile_all(roots: Sequence[Path], arch: Arch, *, compact: bool | None) -> list[Compiled]:
    processes = max(1, min(len(roots), _PROCESSES))
    with _uncollected(), Backend(_KEPT, processes) as backend:
        jobs = (_compile(backend, root, arch, compact=compact) for root in roots)
        return interleave(jobs, _AT_ONCE)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without Python's garbage collection, which would walk all trees again and again and find
    nothing: they have no cycles.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _compile(backend: Backend, root: Path, arch: Arch, *, compact: bool | None) -> Job[Compiled]:
    program, check = frontend.draft(root)  # LLVM's process starts up meanwhile
    emitting = _emit(backend, partial(lower, program, compact=compact, early=arch == "v0"))
    try:
        answer = next(emitting)
    finally:
        check()  # LLVM works meanwhile; what is wrong with the program is said before all else
    idl = build_idl(program)
    legacy_idl, client = build_legacy_idl(program), generate(idl)
    yield answer
    module, emitted = yield from emitting
    return Compiled(
        name=program.name,
        elf=_linked(emitted.object, arch),
        idl=idl,
        legacy_idl=legacy_idl,
        client=client,
        program=program,
        lowered=module,
        emitted=emitted,
    )


def _emit(
    backend: Backend, lowering: "partial[lowered.Module]"
) -> Job[tuple[lowered.Module, Emitted]]:
    """The object; with the heap in place of frames if these do not hold everything."""
    module = lowering()
    try:
        return module, (yield from backend.emitting(module))
    except TooLargeError:
        module = lowering(sparing=True)
    try:
        return module, (yield from backend.emitting(module))
    except TooLargeError as error:
        if error.span is None:
            raise
        message = "this function is too large, or keeps more at once than the stack holds"
        fix = "make it several functions, or keep the values in a List"
        raise UserError([Diagnostic("E325", message, error.span, fix)]) from None


_linked = lru_cache(maxsize=32)(link)
"""For who compiles again in the same process what gives the same object."""
_PROCESSES: Final = 2
"""Of LLVM, for several programs; for one alone a second takes longer to start than it saves."""
_AT_ONCE: Final = _PROCESSES + 1
"""Programs that are begun and not done: those with LLVM, and one that is read."""
_KEPT: Final = Kept()
_STAGES: Final[dict[str, Callable[[Compiled], str]]] = {
    "typed": lambda compiled: typed_text.to_text(compiled.program),
    "lowered": lambda compiled: lowered_text.to_text(compiled.lowered),
    "llvm": lambda compiled: compiled.emitted.llvm_ir,
    "optimised": lambda compiled: compiled.emitted.optimised_ir,
    "assembly": lambda compiled: disassemble(compiled.elf),
    "idl": lambda compiled: json.dumps(compiled.idl, indent=2) + "\n",
    "client": lambda compiled: compiled.client,
}
STAGES: Final = tuple(_STAGES)
"""The stages whose text `Compiled.stage` gives, in order."""
