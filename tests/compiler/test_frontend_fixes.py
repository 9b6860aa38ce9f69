"""What a beginner writes, and what the error tells to write instead."""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.frontend import build

_PROGRAM = """from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Box(Account):
    count: u64
    sizes: List[u64]


@instruction
def go(box: Box, text: str):
"""


@pytest.mark.parametrize(
    ("line", "code", "fix"),
    [
        ("done = true", "E201", "write 'True'"),
        ("done = null", "E201", "write 'None'"),
        ("emit(box)", "E201", "write 'Name(…).emit()', with a class that derives from Event"),
        ("require(box.count > 5, text)", "E201", "write 'assert condition, Errors.NAME'"),
        ("msg(text)", "E201", "write 'print(…)'"),
        ("box.sizes.sort()", "E206", "write 'x = sorted(x)'"),
        ("box.sizes.push(5)", "E206", "write 'x.append(…)'"),
        ("print(box.sizes.length())", "E206", "write 'len(x)'"),
        ("assert box.sizes", "E211", "write 'len(box.sizes) > 0'"),
        ("print(text + 5)", "E218", "make a text of both: 'f\"{a}{b}\"'"),
        ("now = Clock()", "E207", "take a parameter: 'clock: Clock'"),
        ("now = Clock.get()", "E206", "take a parameter: 'clock: Clock'"),
        (
            "box.count = max(box.sizes)",
            "E208",
            "write 'max(a, b)'; of a list it is 'sorted(box.sizes)[-1]'",
        ),
        (
            "box.count = min(*box.sizes)",
            "E208",
            "write 'min(a, b)'; of a list it is 'sorted(box.sizes)[0]'",
        ),
        ("data = bytes(5)", "E207", "write 'bytes_of(…)'"),
    ],
)
def test_the_fix(tmp_path: Path, line: str, code: str, fix: str) -> None:
    path = tmp_path / "box.py"
    path.write_text(f"{_PROGRAM}    {line}\n", encoding="utf-8")
    with pytest.raises(UserError) as caught:
        build(path)
    found = [(each.code, each.span.line, each.help) for each in caught.value.diagnostics]
    assert found == [(code, 13, fix)]


def test_the_fix_for_the_greatest_of_a_list_compiles(tmp_path: Path) -> None:
    path = tmp_path / "box.py"
    line = "box.count = sorted(box.sizes)[-1] - sorted(box.sizes)[0]"
    path.write_text(f"{_PROGRAM}    {line}\n", encoding="utf-8")
    assert build(path).instructions
