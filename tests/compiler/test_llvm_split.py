"""Parts of an optimised module give the code that the whole one gives."""

import pytest
from conting_compiler.link.objects import read_object
from conting_compiler.llvm.codegen import emit_object
from conting_compiler.llvm.framing import GENERATE
from conting_compiler.llvm.functions import functions
from conting_compiler.llvm.process import Process
from conting_compiler.llvm.split import split

from tests.compiled import compiled

FUNCTIONS = 40
HEAD = """\
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"
@d0 = private unnamed_addr constant [3 x i8] c"abc", align 8
@d1 = private unnamed_addr constant [16 x i8] c"0123456789abcdef", align 8
declare i64 @sol_log_(i64, i64) local_unnamed_addr #0
"""
TAIL = """
attributes #0 = { nounwind }
!0 = !{!"branch_weights", i32 1, i32 1000000}
"""


def function(number: int, added: int) -> str:
    """Calls the one after it and the one before, and prints a constant."""
    name, after = (f'"of {n}"' if n % 3 == 0 else f"f.{n}" for n in (number, number + 1))
    onward = f"call fastcc i64 @{after}(i64 %sum)" if number < FUNCTIONS - 1 else "add i64 %x, 1"
    return f"""
define internal fastcc range(i64 0, 9) i64 @{name}(i64 %x) unnamed_addr #0 {{
  %sum = add i64 %x, {added}
  %test = icmp ugt i64 %sum, 7
  br i1 %test, label %some, label %none, !prof !0

some:
  %log = call i64 @sol_log_(i64 ptrtoint (ptr @d{number % 2} to i64), i64 {number % 3})
  %r = {onward}
  ret i64 %r

none:
  ret i64 {number}
}}
"""


def text(added: int = 5, changed: int = -1) -> str:
    entry = function(0, 1).replace('internal fastcc range(i64 0, 9) i64 @"of 0"', "i64 @entrypoint")
    others = (function(n, added if n == changed else 5) for n in range(1, FUNCTIONS))
    return HEAD + entry + "".join(others) + TAIL


def generate(*texts: str) -> bytes:
    process = Process()
    try:
        return b"".join(process.ask(GENERATE + each.encode()) for each in texts)
    finally:
        process.close()


def test_parts_are_the_whole() -> None:
    parts = split(text())
    assert len(parts) > 2
    assert [f for part in parts for f in functions(part)] == functions(text())
    assert read_object(generate(*parts)) == read_object(generate(text()))


def test_a_change_within_a_function_changes_one_part() -> None:
    pairs = zip(split(text()), split(text(3, FUNCTIONS // 2)), strict=True)
    assert sum(before != after for before, after in pairs) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ticket", "family", "raffle"])
def test_parts_of_our_programs_are_the_whole(name: str) -> None:
    emitted = compiled(name).emitted
    assert read_object(emitted.object) == read_object(generate(emitted.optimised_ir))
    assert emit_object(compiled(name).lowered) == emitted
