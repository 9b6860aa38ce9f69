"""Imports of whole files and folders, as the original Seahorse has them: refused with the imports
and uses to write instead; then the program compiles.
"""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.frontend import build

HEAD = """from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
"""
USE = """

@instruction
def go(a: u64):
    print({use}([a, 2]))
"""
FILES = {
    "state.py": "def order(x: List[u64]) -> List[u64]:\n    return sorted(x)\n",
    "util/algorithms/merge.py": "def sort(x: List[u64]) -> List[u64]:\n    return sorted(x)\n",
}


@pytest.mark.parametrize(
    ("line", "use", "instead"),
    [
        ("import state", "state.order", "from state import order"),
        ("from . import state", "state.order", "from .state import order"),
        ("import util", "util.algorithms.merge.sort", "from util.algorithms.merge import sort"),
        (
            "from util import algorithms",
            "algorithms.merge.sort",
            "from util.algorithms.merge import sort",
        ),
        (
            "from util.algorithms import merge",
            "merge.sort",
            "from util.algorithms.merge import sort",
        ),
        (
            "from .util.algorithms import merge",
            "merge.sort",
            "from .util.algorithms.merge import sort",
        ),
        (
            "import util.algorithms.merge",
            "util.algorithms.merge.sort",
            "from util.algorithms.merge import sort",
        ),
    ],
)
def test_what_to_write_instead_is_named_and_compiles(
    line: str, use: str, instead: str, tmp_path: Path
) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("from seahorse.prelude import *\n\n\n" + text)
    root = tmp_path / "program.py"
    root.write_text(f"{HEAD}{line}\n{USE.format(use=use)}")
    with pytest.raises(UserError) as caught:
        build(tmp_path)
    name = instead.rpartition(" ")[2]
    file = use.split(".")[-2]
    (found,) = (each for each in caught.value.diagnostics if each.code == "E104")
    assert found.help == f"write '{instead}', and '{name}' instead of '{file}.{name}'"
    assert [each.code for each in caught.value.diagnostics] == ["E104"]
    root.write_text(f"{HEAD}{instead}\n{USE.format(use=name)}")
    build(tmp_path)


@pytest.mark.parametrize("line", ["import state", "from . import state"])
def test_a_file_beside_a_program_of_one_file(line: str, tmp_path: Path) -> None:
    (tmp_path / "state.py").write_text("from seahorse.prelude import *\n" + FILES["state.py"])
    root = tmp_path / "shop.py"
    root.write_text(f"{HEAD}{line}\n{USE.format(use='state.order')}")
    with pytest.raises(UserError) as caught:
        build(root)
    assert "'from state import order'" in (caught.value.diagnostics[0].help or "")
    root.write_text(f"{HEAD}from state import order\n{USE.format(use='order')}")
    build(root)


def test_modules_of_python_stay_what_they_are(tmp_path: Path) -> None:
    root = tmp_path / "shop.py"
    root.write_text(f"{HEAD}import math\n{USE.format(use='math.sort')}")
    with pytest.raises(UserError) as caught:
        build(root)
    assert [(d.code, d.help) for d in caught.value.diagnostics] == [
        ("E104", "delete the line: Python's own modules do not exist on chain")
    ]
