"""docs/programs.md says which instructions and tests hold each rule: they exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.programs.world import program_names

HERE = Path(__file__).parent
DOC = HERE.parents[1] / "docs" / "programs.md"
START, END = "## Where each rule of the design is held", "## How they are attacked"
NAME = re.compile(r"`(\w+(?:\.py)?)`")


def rows() -> list[list[str]]:
    """Rule, instructions and tests."""
    part = DOC.read_text().partition(START)[2].partition(END)[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("rule", "---")]


def named_tests(cell: str) -> Iterator[tuple[str, str]]:
    """File and function of each."""
    file = ""
    for name in NAME.findall(cell):
        if name.endswith(".py"):
            file = name
        else:
            yield file, name


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_what_holds_a_rule_exists(row: list[str]) -> None:
    every = {e.name for name in program_names() for e in compiled(name).program.instructions}
    named = set(NAME.findall(row[1]))
    assert named <= every
    assert named or row[1].startswith("every instruction")
    found = list(named_tests(row[2]))
    assert found
    for file, test in found:
        tree = ast.parse((HERE / file).read_text())
        assert test in {e.name for e in tree.body if isinstance(e, ast.FunctionDef)}, (file, test)


def test_every_instruction_holds_a_rule_or_closes_what_is_over() -> None:
    """So a new instruction does not come without its rule."""
    named = {name for row in rows() for name in NAME.findall(row[1])}
    every = {e.name for name in program_names() for e in compiled(name).program.instructions}
    assert {name for name in every - named if not name.startswith("close_")} == set()
