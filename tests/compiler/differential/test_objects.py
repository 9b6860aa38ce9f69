"""Objects that share parts, over two accounts of one class, mean the same under CPython and
compiled: bytes, errors, and printed lines, which tell the order of all calls.
"""

import os
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty
from tests.compiler.differential.machines import OTHER, STATE
from tests.compiler.differential.objects import program_of

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
INSTRUCTIONS = 6
SIZE = 3000


@pytest.mark.parametrize("seed", range(2 + 10 * FACTOR))
def test_random_objects(seed: int, tmp_path: Path) -> None:
    data = empty("Tree", SIZE)
    machines = Logged.of(
        program_of(seed, INSTRUCTIONS), tmp_path / "objects.py", data, (STATE, OTHER)
    )
    for k in (0, 3, -5, 7):
        for number in range(INSTRUCTIONS):
            machines.run(f"e{number}", {"k": k})
