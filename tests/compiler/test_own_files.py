"""Files of a program that are named from its folder, as the original Seahorse does."""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program
from conting_compiler.frontend import build
from seahorse.loading import load
from seahorse.prelude import Pubkey

from tests.compiler.differential.logged import Logged, empty
from tests.compiler.differential.machines import STATE

ID = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
HEAD = f'from seahorse.prelude import *\ndeclare_id("{ID}")\n'
ROOT = """
from tally import Tally, bonus
from sums.more import *


@instruction
def count(tally: Tally, x: u64):
    tally.value += twice(x) + bonus()
"""
TALLY = """
from seahorse.prelude import *
from sums.more import twice


class Tally(Account):
    value: u64


def bonus() -> u64:
    return twice(STEP)


STEP = u64(5)
"""
MORE = "from seahorse.prelude import *\n\n\ndef twice(x: u64) -> u64:\n    return 2 * x\n"


def _write(folder: Path) -> Path:
    (folder / "sums").mkdir(parents=True)
    (folder / "tally.py").write_text(TALLY)
    (folder / "sums" / "more.py").write_text(MORE)
    return folder


def test_beside_a_program_of_one_file(tmp_path: Path) -> None:
    folder = _write(tmp_path / "counter")
    machines = Logged.of(ROOT, folder / "counter.py", empty("Tally", 16))
    for x in (0, 3, 2**64 - 1):
        machines.run("count", {"x": x})
    data = machines.model.chain.data(Pubkey.of(STATE))
    assert data[8:] == (10 + 16).to_bytes(8, "little")


def test_in_a_program_folder(tmp_path: Path) -> None:
    folder = _write(tmp_path / "counter")
    (folder / "program.py").write_text(HEAD + ROOT)
    assert compile_program(folder).elf
    assert [each.name for each in load(folder).entries] == ["count"]


def test_files_that_import_each_other_are_refused(tmp_path: Path) -> None:
    program = _write(tmp_path / "counter") / "counter.py"
    program.write_text(HEAD + ROOT)
    (program.parent / "sums" / "more.py").write_text(MORE + "\nfrom tally import STEP\n")
    (program.parent / "other.py").write_text("from tally import STEP\n")
    (program.parent / "tally.py").write_text(TALLY + "\nfrom other import STEP\n")
    with pytest.raises(UserError) as caught:
        build(program)
    assert "E107" in {each.code for each in caught.value.diagnostics}


def test_a_program_beside_is_another_program(tmp_path: Path) -> None:
    program = _write(tmp_path / "counter") / "counter.py"
    program.write_text(HEAD + ROOT)
    other = HEAD.replace(ID, "HFQhM2FYhiP1mbpVFnpHZ7hJf5xFzekJAjqoxexvKA5Q")
    more = "\n\n@instruction\ndef go(tally: Tally):\n    pass\n"
    (program.parent / "tally.py").write_text(other + TALLY + more)
    with pytest.raises(UserError) as caught:
        build(program)
    assert {each.code for each in caught.value.diagnostics} >= {"E106"}
