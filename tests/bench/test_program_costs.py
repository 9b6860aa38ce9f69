"""What our programs' instructions cost stays within the budgets of design/programs.md."""

import pytest

from bench.program_costs import BYTES_LIMIT, PROGRAMS, PURE_LIMIT, UNITS_LIMIT, cost, play
from tests.compiled import compiled, elf


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS_LIMIT)
def test_units(name: str) -> None:
    (program,) = [
        each for each in PROGRAMS if name in {i.name for i in compiled(each).program.instructions}
    ]
    assert cost(program, name).units <= UNITS_LIMIT[name]


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_only_changes_state_costs_little(program: str) -> None:
    permutes = {"offer_seat", "claim_prize"}  # they draw: a keyed permutation of a list's places
    for each in compiled(program).program.instructions:
        outcome = play(program, each.name)
        calls_others = any("invoke [2]" in line for line in outcome.logs)
        if not calls_others and each.name not in permutes:
            assert outcome.units <= PURE_LIMIT, (each.name, outcome.units)


@pytest.mark.parametrize("program", PROGRAMS)
def test_bytes(program: str) -> None:
    assert len(elf(program, "v3")) <= BYTES_LIMIT[program]
