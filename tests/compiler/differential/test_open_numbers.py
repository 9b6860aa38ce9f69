"""Random arithmetic on numbers without a type, beside every type: CPython, v3 and v0 agree.

Two programs of 40 instructions by default, always the same; CONTING_FUZZ=N runs 10 N, different
each time.
"""

import os
import random
from pathlib import Path

import pytest

from tests.compiler.differential.logged import Logged, empty
from tests.compiler.differential.open_numbers import KINDS, write

pytestmark = pytest.mark.slow

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
SEEDS = [random.randrange(2**32) for _ in range(10 * FACTOR)] if FACTOR else [1, 2]


@pytest.mark.parametrize("seed", SEEDS)
def test_they_take_the_type_beside_them_on_all_machines(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    source, kinds = write(dice, 40)
    machines = Logged.of(source, tmp_path / "open.py", empty("Out", 16))
    ended = 0
    for number, kind in enumerate(kinds):
        low, high = KINDS[kind]
        for a in (0, 1, 6, 29, 2**64 - 59, dice.randrange(2**64)):
            x = dice.choice([low, high, 0, 1, 2, 3, high // 2, dice.randint(low, high)])
            outcome, _ = machines.run(f"of_{number}", {"a": a, "x": x})
            ended += isinstance(outcome, int | str)
    assert 0 < ended < 6 * len(kinds), "some overflow, most do not"
