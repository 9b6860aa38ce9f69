"""A function with thousands of choices compiles, and means what CPython says.

LLVM's InstCombine needs minutes for a chain of choices, so such functions go another way; how long
they take is a row of `python -m bench.compile_times`.
"""

import sys
from pathlib import Path

import pytest
from conting_compiler import frontend
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.llvm.emit import emit
from conting_compiler.llvm.lint import lint
from conting_compiler.lower import lower

from tests.compiler.differential.logged import HEAD, Logged, empty

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


def _work(path: Path, choices: int) -> int:
    """How many calls the stages before LLVM make to compile the function."""
    path.write_text(HEAD + _source(choices), encoding="utf-8")
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        module = lower(frontend.build(path))
        lint(emit(module), module)
    finally:
        sys.setprofile(before)
    return calls


def test_the_work_grows_with_the_function(tmp_path: Path) -> None:
    _work(tmp_path / "first.py", 10)  # what is read only once
    small, large = _work(tmp_path / "small.py", 20), _work(tmp_path / "large.py", 80)
    assert large < 5 * small  # 16 times where a stage looks at everything for everything


@pytest.mark.slow
def test_a_large_function_means_the_same(tmp_path: Path) -> None:
    choices = _TOO_LARGE * 3 // 10
    machines = Logged.of(_source(choices), tmp_path / "large.py", empty("Data", 80))
    for x in (0, 1, -5, 10**6, -(10**12), 2**63 - 4000, 2**63 - 1):
        machines.run("go", {"x": x})


@pytest.mark.slow
def test_a_function_that_no_jump_can_cross_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.py"
    rounds = "".join(f"    data.steps[{n % 8}] += x // (x - {n})\n" for n in range(1200))
    path.write_text(HEAD + _CLASS + rounds, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        compile_program(path)
    assert [each.code for each in caught.value.diagnostics] == ["E325"]
