"""A loaded program gives untyped numbers the types that the compiler gives them."""

import textwrap
from pathlib import Path

import pytest
from seahorse.errors import Fault
from seahorse.loading import load
from seahorse.model import Chain, Meta, Refusal
from seahorse.program import Program

HEADER = """
from seahorse.prelude import (
    Account, Array, Errors, Signer, declare_id, i8, i16, i64, instruction, u8, u16, u32, u64
)

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")
N = 3


class Wrong(Errors):
    NOT_AS_ON_CHAIN = "something is not as on chain"


def number(x: u16) -> u64:
    return x


@instruction
def check(a: u8, b: u64, c: bool) -> None:
"""


def run(folder: Path, body: str, *, a: int = 250, b: int = 1, c: bool = True) -> Refusal | None:
    """How the instruction with this body ends."""
    source = folder / "case.py"
    source.write_text(HEADER + textwrap.indent(textwrap.dedent(body), "    "))
    chain = Chain()
    address = chain.deploy(load(source))
    try:
        chain.run(address, "check", {}, {"a": a, "b": b, "c": c})
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    "body",
    [
        # a variable keeps its type: the u8 becomes a u64, whose sums do not overflow
        "x = b\nx = a\nassert x + 10 == 260, Wrong.NOT_AS_ON_CHAIN",
        "x = u64(0)\nx += a\nx = a\nx += 10",
        # the same where the first assignment was not run
        "if not c:\n    x = b\nelse:\n    x = a\nx += 10",
        "if not c:\n    x: u64 = 1\nelse:\n    x = a\nx += 10",
        "x: u64\nx = a\nx += 10",
        "for x in range(b, b):\n    pass\nx = a\nx += 10",
        # parameters and results take their declared types
        "assert number(a) + 65_536 == 65_786, Wrong.NOT_AS_ON_CHAIN",
        # both sides of a choice have one type, whichever is taken
        "x = a if c else b\nx += 10",
        "x = 0 if c else b\nx += b",
        "x = (a if c else N) // 2 * 2\nassert x == 250, Wrong.NOT_AS_ON_CHAIN",
        "x = a if c else number(a)\nx += 10",
        "x = a if c else a + b\nx += 10",
        # lengths are u64, and count what Python counts
        'x = len("é")\nassert x + b == 2, Wrong.NOT_AS_ON_CHAIN',
        "y: Array[u8, 3] = [1, 2, 3]\nassert len(y) * b == 3, Wrong.NOT_AS_ON_CHAIN",
        # a variable that begins as a bare number takes the type of what it meets
        "x = 5\nx = x + b\nassert x == 6, Wrong.NOT_AS_ON_CHAIN",
        "for i in range(3):\n    b = b + i\nassert b == 4, Wrong.NOT_AS_ON_CHAIN",
        # constants without a type take that of the other operand
        "x = N * b\nassert x == 3, Wrong.NOT_AS_ON_CHAIN",
    ],
)
def test_what_succeeds_on_chain(tmp_path: Path, body: str) -> None:
    assert run(tmp_path, body) is None


@pytest.mark.parametrize(
    "body",
    [
        "x = 9223372036854775807\nx += 1",  # a literal by itself is an i64
        "x: u8 = 5\nx -= 6",
        "for i in range(3):\n    x = i\nx = x + 9223372036854775807",
        "for i in range(b):\n    x = i\nx -= 1",  # counts in u64
        "x = 0 if c else b\nx -= 1",
        'x = len("")\nx -= 1',
        "y: Array[u8, 2] = [0, 255]\ny[1] += 1",
        "for each in (a,):\n    pass\nx = a + 6",
    ],
)
def test_what_overflows_on_chain(tmp_path: Path, body: str) -> None:
    refusal = run(tmp_path, body)
    assert refusal is not None
    assert refusal.code == Fault.OVERFLOW


@pytest.mark.parametrize(
    "body",
    [
        "x = -5\nx = x + b",  # i64 and u64
        "x = a\nx = b",
        "x: u8 = 256",
        "x: u8 = b",
        "for i in range(-3, 3):\n    b = b + i",
    ],
)
def test_what_does_not_compile(tmp_path: Path, body: str) -> None:
    with pytest.raises(TypeError, match=r"do not mix|convert it"):
        run(tmp_path, body)


def test_a_program_is_loaded_afresh_each_time(tmp_path: Path) -> None:
    source = tmp_path / "case.py"
    source.write_text(HEADER + "    pass\n")
    first, second = load(source), load(source)
    assert first.entry("check").function is not second.entry("check").function
    assert isinstance(first, Program)


def test_a_folder_is_a_program(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    root.mkdir()
    (root / "state.py").write_text(
        "from seahorse.prelude import Errors\n\nclass No(Errors):\n    NO = 'no'\n"
    )
    (root / "program.py").write_text(
        HEADER.replace("N = 3", "from .state import No") + "    assert c, No.NO\n"
    )
    program = load(root)
    assert [each.name for each in program.errors] == ["NO", "NOT_AS_ON_CHAIN"]
    chain = Chain()
    data = program.entry("check").encode_arguments({"a": 1, "b": 1, "c": False})
    with pytest.raises(Refusal) as caught:
        chain.execute(chain.deploy(program), [], data)
    assert (caught.value.code, caught.value.name, caught.value.message) == (6000, "No", "no")


def test_what_is_no_program(tmp_path: Path) -> None:
    source = tmp_path / "case.py"
    source.write_text("x = 1\n")
    with pytest.raises(TypeError, match="does not call declare_id"):
        load(source)


def test_spare_accounts_are_let_be(tmp_path: Path) -> None:
    source = tmp_path / "case.py"
    source.write_text(HEADER + "    pass\n")
    chain = Chain()
    address = chain.deploy(load(source))
    entry = chain.programs[address].entry("check")
    data = entry.encode_arguments({"a": 1, "b": 1, "c": False})
    chain.execute(address, [Meta(address), Meta(address)], data)
