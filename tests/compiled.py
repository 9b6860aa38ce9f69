"""Our programs, compiled once for all processes and runs of tests, until a source changes."""

import fcntl
import hashlib
import pickle
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from conting_compiler.diagnostics import UserError
from conting_compiler.driver import Compiled, compile_program
from conting_compiler.link.linker import Arch, link

ROOT: Final = Path(__file__).parents[1]
PROGRAMS: Final = ROOT / "programs"
_STORE: Final = ROOT / "target" / "tests"
"""Not committed; pickles of our own, written by this file only."""


def compiled(name: str) -> Compiled:
    """A program of `programs/`, for SBPF v3. Raises UserError, at once from the second time on."""
    found = _instead.get(name) or _found(name)
    if isinstance(found, UserError):
        raise found
    return found


_instead: dict[str, Compiled] = {}


def use_instead(programs: Mapping[str, Compiled]) -> None:
    """From now on `compiled` gives these, in this process: `bench.mutants` tries wrong ones."""
    _instead.update(programs)
    elf.cache_clear()


@cache
def _found(name: str) -> Compiled | UserError:
    try:
        return _kept(name)
    except UserError as error:
        return error


def _kept(name: str) -> Compiled:
    _STORE.mkdir(parents=True, exist_ok=True)
    with (_STORE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process compiles, the others wait and load
        kept = _STORE / _state_of_sources() / f"{name}.pickle"
        if not kept.is_file():
            _forget_others(kept.parent)
            kept.write_bytes(pickle.dumps(compile_program(PROGRAMS / name)))
    found = pickle.loads(kept.read_bytes())
    assert isinstance(found, Compiled)
    return found


@cache
def elf(name: str, arch: Arch) -> bytes:
    """The program's ELF, for either version of SBPF."""
    return link(compiled(name).emitted.object, arch)


def _state_of_sources() -> str:
    digest = hashlib.sha256()
    folders = (ROOT / "compiler", PROGRAMS)
    for file in sorted(f for folder in folders for f in folder.rglob("*") if f.is_file()):
        if "__pycache__" not in file.parts:
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _forget_others(folder: Path) -> None:
    if not folder.is_dir():
        for old in _STORE.glob("*/"):
            shutil.rmtree(old)
        folder.mkdir()
