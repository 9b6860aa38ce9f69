"""What our programs' instructions cost stays within the budgets of design/programs.md."""

import pytest

from bench.program_costs import BYTES_LIMIT, PROGRAMS, UNITS_LIMIT, cost
from tests.compiled import compiled, elf

OVER = frozenset({"ticket"})
"""Programs that are larger than their budget; docs/programs.md says by how much."""


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS_LIMIT)
def test_units(name: str) -> None:
    (program,) = [
        each for each in PROGRAMS if name in {i.name for i in compiled(each).program.instructions}
    ]
    assert cost(program, name).units <= UNITS_LIMIT[name]


@pytest.mark.parametrize("program", sorted(set(PROGRAMS) - OVER))
def test_bytes(program: str) -> None:
    assert len(elf(program, "v3")) <= BYTES_LIMIT[program]
