"""What is done to LLVM's optimised IR before code is generated: its text, and what it computes."""

import re
import struct

import pytest
from conting_compiler.ir.lowered import BinOp, CmpOp, Imm, Reg
from conting_compiler.link.linker import Arch
from conting_compiler.llvm.operands import order_operands
from conting_compiler.llvm.returns import split_returns

from tests.compiler.lowered_builder import Chain, compile_module, entrypoint, module

SHARED = """\
define i64 @f(i64 %x, i64 %y) {
.frame:
  %t = icmp eq i64 %x, 0
  br i1 %t, label %one, label %common.ret

common.ret:                                       ; preds = %one, %.frame
  %common.ret.op = phi i64 [ 7, %.frame ], [ %x, %one ]
  ret i64 %common.ret.op

one:                                              ; preds = %.frame
  %u = add i64 %y, 1
  br label %common.ret
}
"""


def test_every_way_out_returns_by_itself() -> None:
    text = split_returns(SHARED)
    assert "phi" not in text
    assert "br i1 %t, label %one, label %common.ret.0\n" in text
    assert "common.ret.0:\n  ret i64 7\n" in text
    assert "%u = add i64 %y, 1\n  ret i64 %x\n" in text
    assert text.count("ret i64") == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[ %x, %one ]", '[ %x, %"a label" ]'),
        ("[ %x, %one ]", "[ %x, %one ], [ %x, %one ]"),
        ("  ret i64 %common.ret.op", "  ret i64 %x"),
        ("  ret i64 %common.ret.op", "  %z = add i64 %common.ret.op, 1\n  ret i64 %z"),
    ],
)
def test_other_blocks_stay_as_they_are(old: str, new: str) -> None:
    text = SHARED.replace(old, new)
    assert split_returns(text) == text


def _function(*lines: str) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"define i64 @f(i64 %x, i64 %y) {{\n{body}\n}}\n"


def test_an_operand_that_dies_comes_first() -> None:
    text = _function(
        "%a = add i64 %y, 3", "%b = or i64 %x, %a", "%c = xor i64 %b, %x", "ret i64 %c"
    )
    assert order_operands(text) == text  # %a is an addition itself: it can be made in place
    text = _function(
        "%a = and i64 %y, 3", "%b = or i64 %x, %a", "%c = xor i64 %b, %x", "ret i64 %c"
    )
    assert "%b = or i64 %a, %x\n" in order_operands(text)


def test_a_constant_is_added_last() -> None:
    text = _function(
        "%a = and i64 %y, -8",
        "%b = add nuw i64 %x, 10344",
        "%c = add nsw i64 %b, %a",
        "%d = xor i64 %c, %x",
        "ret i64 %d",
    )
    ordered = order_operands(text)
    assert "%.inner.c = add i64 %a, %x\n  %c = add i64 %.inner.c, 10344\n" in ordered


def test_subtractions_and_shifts_keep_their_order() -> None:
    text = _function(
        "%a = and i64 %y, 3", "%b = sub i64 %x, %a", "%c = shl i64 %b, %x", "ret i64 %c"
    )
    assert order_operands(text) == text


@pytest.mark.parametrize("arch", ["v3", "v0"])
def test_it_computes_the_same(arch: Arch) -> None:
    """(x + 10344) + (y & -8), several ways out, x used again."""
    function = entrypoint()
    x, y = function.load(Reg(1)), function.load(Reg(1), 8)
    low = function.bin(BinOp.AND, y, Imm(-8))
    total = function.bin(BinOp.ADD, function.bin(BinOp.ADD, x, Imm(10344)), low)
    for value, result in ((10344, 1), (10352, 2)):
        same, other = f"same.{value}", f"other.{value}"
        test = function.cmp(CmpOp.EQ, total, Imm(value))
        function.branch(test, same, other, following=same)
        function.ret(function.bin(BinOp.ADD, x, Imm(result)), following=other)
    function.ret(function.bin(BinOp.SUB, total, x))
    chain = Chain.of(compile_module(module(function), arch))
    for first, second in ((0, 0), (0, 7), (0, 8), (5, 8), (5, 40), (8, 0), (3, 1)):
        wanted = first + 10344 + (second & -8)
        result = {10344: first + 1, 10352: first + 2}.get(wanted, wanted - first)
        error = chain.send(struct.pack("<2Q", first, second)).error
        assert error is not None
        assert re.search(rf"\b{result}\b", error)
