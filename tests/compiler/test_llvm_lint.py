"""IR that LLVM's BPF back end dies on is an InternalError; the next module compiles."""

import re
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
from conting_compiler.diagnostics import InternalError
from conting_compiler.ir.lowered import BinOp, CmpOp, DataAddress, Imm, Module, Reg
from conting_compiler.link.linker import Arch, link
from conting_compiler.llvm.codegen import Backend
from conting_compiler.llvm.lint import lint
from conting_compiler.source import Source, Span

from tests.compiler.lowered_builder import (
    ARCHES,
    FunctionBuilder,
    backend,
    emitted,
    entrypoint,
    module,
)

SPAN = Span(Source(Path("ticket.py"), "def buy(): ...\n"), 1, 1, 1, 15)


def returns_zero() -> Module:
    function = entrypoint()
    function.ret(Imm(0))
    return module(function)


def with_span(program: Module) -> Module:
    functions = tuple(replace(function, span=SPAN) for function in program.functions)
    return replace(program, functions=functions)


def six_arguments() -> Module:
    callee = FunctionBuilder("six", 6)
    callee.ret(Reg(5))
    function = entrypoint()
    function.ret(function.call("six", *[Imm(n) for n in range(6)]))
    return module(callee, function)


def six_arguments_of_a_syscall() -> Module:
    function = entrypoint()
    function.ret(function.call("sol_log_64_", *[Imm(n) for n in range(6)]))
    return module(function)


def large_frame() -> Module:
    function = entrypoint()
    buffers = [function.buffer(1400) for _ in range(3)]
    for buffer in buffers:
        function.call("sol_log_", buffer, Imm(1400))
    function.ret(Imm(0))
    return module(function)


def division_by_zero() -> Module:
    function = entrypoint()
    function.ret(function.bin(BinOp.UDIV, function.load(Reg(1)), Imm(0)))
    return module(function)


def undeclared_callee() -> Module:
    function = entrypoint()
    function.ret(function.call("sol_log_compute_units_"))
    return replace(module(function), syscalls=())


def wide_product() -> Module:
    """The high word of a product, as one would write it: LLVM makes a 128-bit product of it."""
    function = entrypoint()
    left, right = function.load(Reg(1)), function.load(Reg(1), 8)
    mask = Imm(0xFFFFFFFF)
    lows = [function.bin(BinOp.AND, value, mask) for value in (left, right)]
    highs = [function.bin(BinOp.LSHR, value, Imm(32)) for value in (left, right)]
    carry = function.bin(BinOp.LSHR, function.bin(BinOp.MUL, *lows), Imm(32))
    middle = function.bin(BinOp.ADD, function.bin(BinOp.MUL, lows[0], highs[1]), carry)
    other = function.bin(BinOp.MUL, highs[0], lows[1])
    low = function.bin(BinOp.ADD, function.bin(BinOp.AND, middle, mask), other)
    top = function.bin(BinOp.MUL, *highs)
    top = function.bin(BinOp.ADD, top, function.bin(BinOp.LSHR, middle, Imm(32)))
    function.ret(function.bin(BinOp.ADD, top, function.bin(BinOp.LSHR, low, Imm(32))))
    return module(function)


DEADLY = {
    six_arguments: "5",
    six_arguments_of_a_syscall: "5",
    large_frame: "4096",
    division_by_zero: "constant 0",
    undeclared_callee: "sol_log_compute_units_",
    wide_product: "64 bits",
}


@pytest.mark.parametrize(("build", "reason"), DEADLY.items())
def test_deadly_ir_is_an_internal_error_at_the_function(
    build: Callable[[], Module], reason: str
) -> None:
    with pytest.raises(InternalError, match=reason) as caught:
        emitted(with_span(build()))
    assert caught.value.span == SPAN
    assert emitted(returns_zero()).object


def test_an_unknown_runtime_function() -> None:
    function = entrypoint()
    function.ret(function.call("rt_no_such_function"))
    with pytest.raises(InternalError, match="rt_no_such_function"):
        emitted(module(function))


def test_what_only_llvm_notices_is_an_internal_error_with_its_words() -> None:
    function = entrypoint()
    function.jump("nowhere")
    with pytest.raises(InternalError, match="nowhere"):
        emitted(module(function))
    assert emitted(returns_zero()).object


def test_a_frame_that_only_spills_make_too_large() -> None:
    """LLVM ends its process: 4096 bytes of buffers, and 12 values that live across calls."""
    function = entrypoint()
    buffer = function.buffer(4096)
    values = [function.load(Reg(1), 8 * n) for n in range(12)]
    function.call("sol_log_", buffer, Imm(4096))
    for number, value in enumerate(values):
        function.store(buffer, value, 8 * number)
    function.call("sol_log_", buffer, Imm(4096))
    function.ret(Imm(0))
    with pytest.raises(InternalError, match="stack"):
        emitted(module(function))
    assert emitted(returns_zero()).object


def test_a_backend_whose_process_was_ended_starts_another() -> None:
    with Backend() as started:
        started._processes[0].start().kill()
        with pytest.raises(InternalError, match="LLVM"):
            started.emit_object(returns_zero())
        assert started.emit_object(returns_zero()).object


BODIES = {
    "sdiv": "%x = sdiv i64 %a, 3",
    "srem": "%x = srem i32 %a, %b",
    "float": "%x = uitofp i64 %a to double",
    "i128 product": "%x = mul nuw i128 %a, %b",
    "i65 product": "%x = mul i65 %a, %b",
    "i128 shift": "%x = lshr i128 %a, %b",
    "dynamic alloca": "%x = alloca i8, i64 %n, align 1",
    "memcpy of unknown size": "call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)",
    "large memset": "call void @llvm.memset.p0.i64(ptr %a, i8 0, i64 4000, i1 false)",
    "trap": "call void @llvm.trap()",
    "unreachable": "unreachable",
    "overflow of a product": "%x = call { i64, i1 } @llvm.umul.with.overflow.i64(i64 %a, i64 %b)",
    "vector": "%x = load <2 x i64>, ptr %a, align 16",
    "atomic": "%x = atomicrmw add ptr %a, i64 1 seq_cst, align 8",
    "division by 0": "%x = urem i64 %a, 0",
    "poison": "store i64 poison, ptr %a, align 1",
    "library call": "%x = call i64 @memcmp(i64 %a, i64 %b, i64 %n)",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_refused_instructions(body: str) -> None:
    text = f"define i64 @entrypoint(i64 %r0, i64 %r1) #0 {{\n  {body}\n  ret i64 0\n}}\n"
    with pytest.raises(InternalError):
        lint(text, returns_zero())


@pytest.mark.parametrize(
    "head",
    ["define { i64, i64 } @f(i64 %a)", "define i128 @f()", f"define i64 @g({'i64, ' * 5}i64)"],
)
def test_refused_signatures(head: str) -> None:
    with pytest.raises(InternalError):
        lint(f"{head} {{\n  ret i64 0\n}}\n", returns_zero())


ALLOWED = (
    "%x = lshr i128 %a, 64",
    "%x = add i128 %a, %b",
    "%x = call i64 @llvm.umin.i64(i64 %a, i64 %b)",
    "call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 56, i1 false)",
    "%double = add i64 %float, 1",
    '%x = call i64 asm "", "=r,0"(i64 %a)',
    "switch i64 %a, label %b [\n    i64 1, label %unreachable\n  ]",
    "%x = alloca [4096 x i8], align 8",
)


@pytest.mark.parametrize("body", ALLOWED)
def test_allowed_instructions(body: str) -> None:
    text = f"define i64 @entrypoint(i64 %r0, i64 %r1) #0 {{\n  {body}\n  ret i64 0\n}}\n"
    lint(text, returns_zero())


def test_the_same_module_gives_the_same_bytes() -> None:
    function = entrypoint()
    test = function.cmp(CmpOp.EQ, function.load(Reg(1)), DataAddress(0, 3))
    function.ret(function.select(test, Imm(1), function.call("rt_mulhi", Reg(1), Reg(1))))
    program = module(function, data=[b"abcdefgh"])
    first = emitted(program)
    assert emitted(program) == first
    with Backend() as another:
        assert another.emit_object(program) == first
    assert backend() is backend()


def runtime_definitions() -> list[tuple[str, int]]:
    folder = files("conting_compiler.llvm") / "rt"
    texts = (path.read_text() for path in folder.iterdir() if path.name.endswith(".ll"))
    heads = re.findall(r"^define [^@]*@(rt_\w+)\(([^)]*)\)", "\n".join(texts), re.MULTILINE)
    return [(name, parameters.count("%")) for name, parameters in heads]


@pytest.mark.parametrize(("name", "arity"), runtime_definitions())
@pytest.mark.parametrize("arch", ARCHES)
@pytest.mark.slow
def test_every_runtime_function_compiles_alone(arch: Arch, name: str, arity: int) -> None:
    """With operands that LLVM cannot know; only what it calls is in the module."""
    function = entrypoint()
    operands = [function.load(Reg(1), 8 * n) for n in range(arity)]
    function.ret(function.call(name, *operands))
    result = emitted(module(function))
    assert link(result.object, arch)
    assert f"@{name}(" in result.llvm_ir
