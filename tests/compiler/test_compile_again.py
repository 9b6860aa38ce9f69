"""Compiling again in one process, where LLVM's answers are kept; and several programs at once."""

from pathlib import Path

import pytest
from conting_compiler import frontend
from conting_compiler.diagnostics import UserError
from conting_compiler.driver import compile_program, compile_programs
from conting_compiler.link.linker import link
from conting_compiler.llvm.codegen import Backend, emit_object
from conting_compiler.llvm.framing import OPTIMISE
from conting_compiler.llvm.kept import Kept
from conting_compiler.lower import lower

from tests.compiler.lowered_builder import entrypoint, module

HERE = Path(__file__).parent
UNSAFE = HERE / "safety" / "signer_authorization_insecure.py"
SAFE = HERE / "safety" / "signer_authorization_secure.py"

SOURCE = """\
from seahorse.prelude import *

declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")


class Problem(Errors):
    SMALL = "too small"
    OTHERS = "this is another's counter"


class Counter(Account):
    owner: Pubkey
    count: u64


def grown(count: u64, by: u64) -> u64:
    assert by > 0, Problem.SMALL
    return count + by


@instruction
def begin(payer: Signer, counter: Empty[Counter]):
    made = counter.init(payer=payer)
    made.owner = payer.key()


@instruction
def count_up(owner: Signer, counter: Counter, by: u64):
    assert counter.owner == owner.key(), Problem.OTHERS
    counter.count = grown(counter.count, by)
    print("now ", counter.count)


@instruction
def count_on(owner: Signer, counter: Counter, by: u64):
    assert counter.owner == owner.key(), Problem.OTHERS
    for _ in range(by):
        counter.count = grown(counter.count, 2)


@instruction
def show(counter: Counter) -> u64:
    return counter.count * 7
"""
EDITS = {
    "a number": ("* 7", "* 9"),
    "a comment": ("* 7", "* 7  # why"),
    "a text": ("too small", "is too small"),
    "a print": ('"now "', '"it is now "'),
    "a function that others call": ("count + by", "count + by + 1"),
    "a field": ("count: u64\n", "count: u64\n    other: u64\n"),
    "an argument": ("by: u64):\n    assert counter", "by: u64, more: u64):\n    assert counter"),
    "a check": (", Problem.OTHERS", ", Problem.SMALL"),
}


def compiled_anew(path: Path) -> bytes:
    """With nothing kept."""
    return link(emit_object(lower(frontend.build(path))).object, "v3")


def changed(edit: str) -> str:
    before, after = EDITS[edit]
    assert before in SOURCE
    return SOURCE.replace(before, after, 1)


def compile_in_turns(path: Path, edit: str) -> None:
    path.write_text(SOURCE)
    before = compile_program(path).elf
    path.write_text(changed(edit))
    assert compile_program(path).elf == compiled_anew(path)
    path.write_text(SOURCE)
    assert compile_program(path).elf == before


def test_after_an_edit(tmp_path: Path) -> None:
    compile_in_turns(tmp_path / "counter.py", "a function that others call")


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_after_edits(tmp_path: Path, edit: str) -> None:
    compile_in_turns(tmp_path / "counter.py", edit)


def test_llvm_is_not_asked_twice() -> None:
    kept, function = Kept(), entrypoint()
    function.ret(function.load(function.buffer(8)))
    with Backend(kept) as backend:
        first = backend.emit_object(module(function))
    size = kept.size
    assert len(kept.answers) == 2
    with Backend(kept) as backend:
        assert backend.emit_object(module(function)) == first
    assert (len(kept.answers), kept.size) == (2, size)


def test_kept_answers_are_those_of_the_very_request() -> None:
    kept = Kept(limit=10)
    kept.keep(OPTIMISE + b"text", b"12345")
    assert kept.find(OPTIMISE + b"text") == b"12345"
    assert kept.find(b"Gtext") is None
    assert kept.find(OPTIMISE + b"text ") is None


def test_the_longest_unused_are_forgotten() -> None:
    kept = Kept(limit=10)
    for request in (b"a", b"b"):
        kept.keep(request, b"12345")
    assert kept.find(b"a")
    kept.keep(b"c", b"1234")
    assert (kept.find(b"a"), kept.find(b"b"), kept.find(b"c")) == (b"12345", None, b"1234")
    assert kept.size == 9
    kept.keep(b"d", bytes(11))
    assert (kept.size, len(kept.answers)) == (0, 0)


def codes(*roots: Path) -> list[str]:
    with pytest.raises(UserError) as refused:
        compile_programs(roots)
    return [each.code for each in refused.value.diagnostics]


def test_of_several_programs_the_first_fault_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("from seahorse.prelude import *\n")
    with pytest.raises(UserError) as alone:
        compile_program(UNSAFE)
    unsafe = [each.code for each in alone.value.diagnostics]
    assert unsafe[0].startswith("E4")
    assert codes(SAFE, UNSAFE, wrong) == unsafe
    assert codes(SAFE, wrong, UNSAFE) == ["E301", "E302"]


def test_several_programs_are_compiled_as_each_alone(tmp_path: Path) -> None:
    path = tmp_path / "counter.py"
    path.write_text(SOURCE)
    roots = [SAFE, path, SAFE]
    assert [each.elf for each in compile_programs(roots)] == [compiled_anew(r) for r in roots]


@pytest.mark.slow
def test_what_is_unsafe_is_refused_before_what_is_too_large(tmp_path: Path) -> None:
    """The safety rules are asked while LLVM works, at what it will refuse (E325)."""
    lines = "".join(f"    v{n} = x * {n}\n    x = v{n} // 2\n" for n in range(700))
    used = "".join(f"    x += v{n}\n" for n in range(700))
    path = tmp_path / "large.py"
    path.write_text(
        f"{UNSAFE.read_text()}\n\n@instruction\ndef large(x: u64) -> u64:\n"
        f"{lines}    set_to(x)\n{used}    return x\n\n\ndef set_to(x: u64):\n    assert x > 1\n"
    )
    assert {code[:2] for code in codes(path)} == {"E4"}
