"""docs/programs.md says which instructions and tests hold each rule: they exist."""

from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.programs.world import program_names
from tests.rules import names, require_tests, rows

HERE = Path(__file__).parent
DOC = HERE.parents[1] / "docs" / "programs.md"
START, END = "## Where each rule of the design is held", "## How they are attacked"
ROWS = rows(DOC.read_text().partition(START)[2].partition(END)[0])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_what_holds_a_rule_exists(row: list[str]) -> None:
    every = {e.name for name in program_names() for e in compiled(name).program.instructions}
    named = set(names(row[1]))
    assert named <= every
    assert named or row[1].startswith("every instruction")
    require_tests(row[2], HERE)


def test_every_instruction_holds_a_rule_or_closes_what_is_over() -> None:
    """So a new instruction does not come without its rule."""
    named = {name for row in ROWS for name in names(row[1])}
    every = {e.name for name in program_names() for e in compiled(name).program.instructions}
    assert {name for name in every - named if not name.startswith("close_")} == set()
