"""Random expressions mean the same under CPython and compiled, for SBPF v3 and v0.

Four programs by default, always the same; CONTING_FUZZ=N runs 12 * N, different each time.
"""

import hashlib
import os
from itertools import product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.compiler.differential.expressions import (
    SIZE,
    Expression,
    expressions,
    inputs,
    program_of,
)
from tests.compiler.differential.machines import Machine, Model, compiled

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
PROGRAMS = 12 * FACTOR or 4
PER_PROGRAM = 40
INPUTS = 4
START = hashlib.sha256(b"account:Result").digest()[:8] + bytes(SIZE)

Values = dict[str, int | bool]


@pytest.mark.fuzz
@pytest.mark.parametrize("programs", [1, pytest.param(PROGRAMS, marks=pytest.mark.slow)])
def test_expressions_mean_the_same(tmp_path: Path, programs: int) -> None:
    source = tmp_path / "generated.py"

    # Shrinking would compile a program at each step: the failing expression is reported instead.
    @settings(
        max_examples=programs,
        derandomize=not FACTOR,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        st.lists(expressions(), min_size=PER_PROGRAM, max_size=PER_PROGRAM),
        st.lists(inputs(), min_size=INPUTS, max_size=INPUTS),
    )
    def check(parts: list[Expression], values: list[Values]) -> None:
        source.write_text(program_of(parts))
        difference = compare(source, parts, values)
        assert difference is None, difference

    check()


def compare(source: Path, parts: list[Expression], values: list[Values]) -> str | None:
    """The first difference in words, None where there is none."""
    model = Model.of(source, START)
    machines = {arch: Machine.of(elf, START) for arch, elf in compiled(source).items()}
    entries = model.chain.programs[model.program].entries
    for (entry, part), each in product(zip(entries, parts, strict=True), values):
        data = entry.encode_arguments(each)
        expected = model.run(data)
        for arch, machine in machines.items():
            actual = machine.run(data)
            if actual != expected:
                return f"{part.text}\n  {each}\n  CPython {expected!r}, {arch} {actual!r}"
    return None
