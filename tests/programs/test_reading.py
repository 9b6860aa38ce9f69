"""What an auditor may expect of the programs' text."""

import ast
from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.programs.reading_order import instructions, misplaced

PROGRAMS = Path(__file__).parents[2] / "programs"
NAMES = ("family", "raffle", "ticket")
LONGEST = 60  # lines, from the decorator to the last statement


@pytest.mark.parametrize("program", NAMES)
def test_no_function_is_over_sixty_lines(program: str) -> None:
    lengths = {
        f"{path.name}: {node.name}": (node.end_lineno or 0) - first + 1
        for path in (PROGRAMS / program).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
        for first in [min([node.lineno, *(each.lineno for each in node.decorator_list)])]
    }
    assert len(lengths) > 20
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_what_is_looked_at() -> None:
    """The reader finds every instruction that the compiler finds."""
    found = {
        f"{name}.{each.name}" for name in NAMES for each in compiled(name).program.instructions
    }
    assert found == instructions().keys()


@pytest.mark.parametrize("name", instructions())
def test_guards_then_calls_then_state(name: str) -> None:
    """Without exceptions: nothing is checked once something has happened, no other program is
    called once state was written.
    """
    assert misplaced(name) == []
