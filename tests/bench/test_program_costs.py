"""What our programs' instructions cost stays within the budgets of design/programs.md."""

import pytest

from bench.program_costs import BYTES_LIMIT, PROGRAMS, UNITS_LIMIT, cost
from tests.compiled import compiled, elf


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS_LIMIT)
def test_units(name: str) -> None:
    (program,) = [
        each for each in PROGRAMS if name in {i.name for i in compiled(each).program.instructions}
    ]
    assert cost(program, name).units <= UNITS_LIMIT[name]


@pytest.mark.parametrize("program", PROGRAMS)
def test_bytes(program: str) -> None:
    assert len(elf(program, "v3")) <= BYTES_LIMIT[program]
