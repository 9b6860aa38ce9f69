"""A variable that begins as a bare number has the type of what it meets."""

from pathlib import Path

import pytest
from conting_compiler.frontend import build
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir

HEAD = (
    "from seahorse.prelude import *\n\n"
    'declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n\n'
    "LIMIT = 3\n\nclass Out(Account):\n    value: u64\n    wide: u128\n    small: u8\n\n"
    "def take(x: u32) -> None:\n    pass\n\n"
    "@instruction\ndef run(out: Out, a: u64, b: u8, c: u128):\n"
)
BODIES = {
    "nothing": ("i = 0", "i += 1", "i64"),
    "narrower ones": ("i = 0", "i += b", "i64"),
    "compared": ("i = 0", "while i < a:\n        i += 1", "u64"),
    "compared on the right": ("i = 0", "assert a >= i", "u64"),
    "added to": ("i = LIMIT", "i += a", "u64"),
    "computed": ("i = 2 * LIMIT", "out.value = i", "u64"),
    "added": ("i = 7", "out.value = a + i", "u64"),
    "stored": ("i = 7", "out.value = i", "u64"),
    "stored in a sum": ("i = 7", "out.small += i", "u8"),
    "given another": ("i = 0", "i = a", "u64"),
    "of two": ("i = 0", "out.value = max(i, a)", "u64"),
    "chosen": ("i = 0 if a > 3 else 9", "out.value = i", "u64"),
    "passed": ("i = 0", "take(i)", "u32"),
    "an exponent": ("i = 2", "out.value = a ** i", "u32"),
    "through another": ("i = 0\n    j = i * 2", "out.value = j", "u64"),
    "the narrowest": ("i = 0", "out.wide = i\n    out.value = i", "u64"),
    "wide ones": ("i = 0", "i += c", "u128"),
    "several at once": ("i, j = 0, 1", "i += a", "u64"),
    "a round": ("s = 1", "for i in range(4):\n        out.value += i", "u64"),
    "in a branch": ("i = 0", "if b > 3:\n        i = 9\n        out.value = i", "u64"),
}


@pytest.mark.parametrize("name", BODIES)
def test_the_type_is_the_one_that_is_met(name: str, tmp_path: Path) -> None:
    start, use, kind = BODIES[name]
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}    {start}\n    {use}\n")
    nodes = list(walk(*build(path).instructions[0].body))
    kinds = {str(n.type) for n in nodes if isinstance(n, ir.Local) and n.name == "i"}
    kinds |= {str(n.variable.type) for n in nodes if isinstance(n, ir.ForRange)}
    assert kinds == {kind}
