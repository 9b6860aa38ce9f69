"""Where a variable begins as a bare number, the error says which type to give it, and that is
enough.
"""

from pathlib import Path

import pytest
from conting_compiler.diagnostics import UserError
from conting_compiler.frontend import build

HEAD = (
    "from seahorse.prelude import *\n\n"
    'declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n\n'
    "LIMIT = 3\n\nclass Out(Account):\n    value: u64\n\n"
    "@instruction\ndef run(out: Out, a: u64, b: u8):\n"
)
BODIES = {
    "compared": ("i = 0", "while i < a:\n        i += 1"),
    "compared on the right": ("i = 0", "assert a >= i"),
    "added to": ("i = LIMIT", "i += a"),
    "computed": ("i = 2 * LIMIT", "out.value = i"),
    "added": ("i = 7", "out.value = a + i"),
    "stored": ("i = 7", "out.value = i"),
    "given another": ("i = 0", "i = a"),
    "of two": ("i = 0", "out.value = max(i, a)"),
}


def helps(folder: Path, body: str) -> set[str | None]:
    path = folder / "program.py"
    path.write_text(f"{HEAD}    {body}\n")
    try:
        build(path)
    except UserError as error:
        return {each.help for each in error.diagnostics if each.code == "E204"}
    return set()


@pytest.mark.parametrize("name", BODIES)
def test_the_type_to_begin_with_is_named(name: str, tmp_path: Path) -> None:
    start, use = BODIES[name]
    value = start.partition(" = ")[2]
    wanted = f"i: u64 = {value}"
    found = helps(tmp_path, f"{start}\n    {use}")
    assert found == {f"give it its type where it begins: '{wanted}'"}
    assert not helps(tmp_path, f"{wanted}\n    {use}")
