"""One mutant: compiled, and tried by its tests in a process of its own."""

import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from _pytest.runner import runtestprotocol
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import Compiled, compile_program

from bench.mutants.choice import Aim
from bench.mutants.processes import ended
from tests.compiled import PROGRAMS, compiled, use_instead

KILLED: Final = "killed"
SURVIVED: Final = "SURVIVED"
REFUSED: Final = "refused"
SAME: Final = "same code"
HUNG: Final = "HUNG"
_PATIENCE: Final = 20
"""Seconds that each test may take, beside a minute for all."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word` is one of those above; `why` names the test that failed, or the compiler's error."""

    word: str
    why: str


class Workshop:
    """A copy of programs/ in which mutants are compiled, one after the other."""

    def __init__(self, folder: Path, sources: Mapping[str, str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PROGRAMS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._folder, self._sources = folder, sources

    def compile(self, aim: Aim) -> dict[str, Compiled]:
        """The programs that the mutant changes. Raises UserError if one does not compile."""
        changed = aim.mutant.applied(self._sources)
        for file, text in changed.items():
            (self._folder / file).write_text(text)
        try:
            programs = {program for program, _ in aim.instructions}
            return {name: compile_program(self._folder / name) for name in sorted(programs)}
        finally:
            for file in changed:
                (self._folder / file).write_text(self._sources[file])

    def clear(self) -> None:
        """Takes the copy away."""
        shutil.rmtree(self._folder)

    def judge(self, aim: Aim, tests: Sequence[pytest.Item]) -> Verdict:
        """What becomes of the mutant."""
        try:
            made = self.compile(aim)
        except UserError as error:
            return Verdict(REFUSED, f"{error.diagnostics[0].code}: {error.diagnostics[0].message}")
        if all(program.elf == compiled(name).elf for name, program in made.items()):
            return Verdict(SAME, "")
        return _tried(made, tests)


def _tried(made: dict[str, Compiled], tests: Sequence[pytest.Item]) -> Verdict:
    def run() -> str:
        use_instead(made)
        return first_failure(tests)

    if not tests:
        return Verdict(SURVIVED, "no test sends it")
    by, failed = ended(run, 60 + _PATIENCE * len(tests))
    if by == signal.SIGALRM:
        return Verdict(HUNG, "")
    if by:
        return Verdict(KILLED, f"signal {by}")
    if failed:
        return Verdict(KILLED, failed)
    return Verdict(SURVIVED, f"{len(tests)} tests")


def first_failure(tests: Sequence[pytest.Item], after: pytest.Item | None = None) -> str:
    """Node id of the first test that fails, or nothing. What `after` shares with them is kept."""
    for item, following in zip(tests, [*tests[1:], after], strict=False):
        if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
            return item.nodeid
    return ""
