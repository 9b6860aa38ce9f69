"""The tables "Where each rule of the design is held" of the documents."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
NAME = re.compile(r"`([\w/]+(?:\.py)?)`")


def rows(text: str) -> list[list[str]]:
    """Rule, what holds it, and tests."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in ("rule", "---")]


def names(cell: str) -> list[str]:
    """What a cell names."""
    return NAME.findall(cell)


def require_tests(cell: str, folder: Path) -> None:
    """That all tests exist which a cell names, each after its file, and that there are some."""
    found = list(_tests(cell))
    assert found
    for file, test in found:
        tree = ast.parse((folder / file).read_text())
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert test in {each.name for each in tree.body if isinstance(each, functions)}, file


def _tests(cell: str) -> Iterator[tuple[str, str]]:
    file = ""
    for name in names(cell):
        if name.endswith(".py"):
            file = name
        else:
            yield file, name
