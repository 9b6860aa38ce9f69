"""Random instructions end the same under CPython and compiled: bytes, errors, printed lines."""

import os
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty
from tests.compiler.differential.statements import program_of

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
INSTRUCTIONS = 12
SIZE = 1200
INPUTS = ((3, -4, "ab"), (0, 0, ""), (-1, 77, "é?"))


@pytest.mark.parametrize("seed", range(3 + 20 * FACTOR))
def test_random_instructions(seed: int, tmp_path: Path) -> None:
    machines = Logged.of(
        program_of(seed, INSTRUCTIONS), tmp_path / "statements.py", empty("Data", SIZE)
    )
    for a, b, word in INPUTS:
        for number in range(INSTRUCTIONS):
            machines.run(f"e{number}", {"a": a, "b": b, "word": word})
        machines.reset(empty("Data", SIZE))
