"""A function with thousands of choices compiles in seconds and means what CPython says.

LLVM's InstCombine needs minutes for a chain of choices, so such functions go another way.
"""

import time
from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program

from tests.compiler.differential.logged import HEAD, Logged, empty

pytestmark = pytest.mark.slow

_CLASS = """
class Data(Account):
    value: i64
    steps: Array[i64, 8]


@instruction
def go(data: Data, x: i64):
    v0 = x
"""
_TOO_LARGE = 4000  # blocks; each choice below makes four


def _source(choices: int) -> str:
    """Every step depends on the one before, and some overflow for some inputs."""
    lines = [_CLASS]
    for n in range(1, choices):
        lines.append(f"""\
    v{n} = v{n - 1} + {n % 9}
    if v{n} > {1000 + n}:
        v{n} = {n % 5} - v{n - 1}
""")
        if n % 100 == 0:
            lines.append(f"    data.steps[{n // 100 % 8}] += v{n} // 2\n")
    return "".join(lines) + f'    data.value = v{choices - 1}\n    print(v1, "done")\n'


def test_a_large_function_means_the_same_and_takes_seconds(tmp_path: Path) -> None:
    choices = _TOO_LARGE * 3 // 10
    start = time.monotonic()
    machines = Logged.of(_source(choices), tmp_path / "large.py", empty("Data", 80))
    assert time.monotonic() - start < 120  # 5 alone; minutes where a stage is quadratic
    for x in (0, 1, -5, 10**6, -(10**12), 2**63 - 4000, 2**63 - 1):
        machines.run("go", {"x": x})


def test_a_function_that_no_jump_can_cross_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    rounds = "".join(f"    data.steps[{n % 8}] += x // (x - {n})\n" for n in range(1200))
    path.write_text(HEAD + _CLASS + rounds, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        compile_program(path)
    assert [each.code for each in caught.value.diagnostics] == ["E325"]
