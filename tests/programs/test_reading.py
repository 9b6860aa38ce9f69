"""What an auditor may expect of the programs' text."""

import ast
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parents[2] / "programs"
LONGEST = 60  # lines, from the decorator to the last statement


@pytest.mark.parametrize("program", ["family", "raffle", "ticket"])
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
