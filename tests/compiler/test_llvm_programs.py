"""Whole lowered programs through LLVM and both linkers, run in LiteSVM."""

import hashlib
from itertools import pairwise

import pytest
from conting_compiler.ir.lowered import BinOp, CmpOp, DataAddress, Imm, Module, Operand, Reg
from conting_compiler.link.linker import Arch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from solders.instruction import AccountMeta
from solders.pubkey import Pubkey
from solders.system_program import ID as SYSTEM_PROGRAM

from tests.compiler.lowered_builder import (
    ARCHES,
    MASK,
    Chain,
    FunctionBuilder,
    compile_module,
    entrypoint,
    module,
    return_buffer,
    run,
)

each_arch = pytest.mark.parametrize("arch", ARCHES)
word = st.integers(0, MASK)


def words(*values: int) -> bytes:
    return b"".join((value & MASK).to_bytes(8, "little") for value in values)


def returned(program: Module, arch: Arch, data: bytes = b"") -> int:
    outcome = run(program, arch, data)
    assert outcome.error is None
    return int.from_bytes(outcome.returned, "little")


def returning(function: FunctionBuilder, value: Reg) -> None:
    buffer = function.buffer(8)
    function.store(buffer, value)
    return_buffer(function, buffer, 8)


@each_arch
def test_hello_world_is_small_and_costs_little_more_than_its_syscall(arch: Arch) -> None:
    function = entrypoint()
    function.call("sol_log_", DataAddress(0), Imm(14))
    function.ret(Imm(0))
    elf = compile_module(module(function, data=[b"hello, conting"]), arch)
    outcome = Chain.of(elf).send()
    assert "Program log: hello, conting" in outcome.logs
    assert outcome.units <= 105  # facts/solana.md 2.1: C, Rust and Zig
    assert len(elf) <= {"v3": 500, "v0": 1352}[arch]


@each_arch
@pytest.mark.parametrize(("code", "error"), [(6003, "Custom(6003)"), (1 << 32, "Custom(0)")])
def test_an_error_code_is_the_transactions_error(arch: Arch, code: int, error: str) -> None:
    function = entrypoint()
    function.ret(Imm(code))
    assert error in (run(module(function), arch).error or "")


@each_arch
def test_a_loop_over_slots(arch: Arch) -> None:
    function = entrypoint()
    function.slots = 2
    function.set(0, Imm(0))
    function.set(1, Imm(0))
    function.jump("head", following="head")
    counter = function.get(0)
    more = function.cmp(CmpOp.ULT, counter, function.load(Reg(1)))
    function.branch(more, "body", "done", following="body")
    square = function.bin(BinOp.MUL, counter, counter)
    function.set(1, function.bin(BinOp.ADD, function.get(1), square))
    function.set(0, function.bin(BinOp.ADD, counter, Imm(1)))
    function.jump("head", following="done")
    returning(function, function.get(1))
    assert returned(module(function), arch, words(100)) == sum(n * n for n in range(100))


@each_arch
def test_the_sum_of_a_range_stays_a_loop(arch: Arch) -> None:
    """LLVM would replace it by n * (n - 1) / 2 in 65 bits, which BPF cannot multiply."""
    function = entrypoint()
    function.slots = 2
    limit = function.load(Reg(1))
    function.set(0, Imm(0))
    function.set(1, Imm(0))
    function.jump("body", following="body")
    counter = function.get(0)
    function.set(1, function.bin(BinOp.ADD, function.get(1), counter))
    following = function.bin(BinOp.ADD, counter, Imm(1))
    function.set(0, following)
    more = function.cmp(CmpOp.ULT, following, limit)
    function.branch(more, "body", "done", following="done")
    returning(function, function.get(1))
    assert returned(module(function), arch, words(1000)) == sum(range(1000))


def fibonacci() -> FunctionBuilder:
    function = FunctionBuilder("fibonacci", 1)
    function.branch(function.cmp(CmpOp.ULT, Reg(0), Imm(2)), "base", "step", following="base")
    function.ret(Reg(0), following="step")
    one = function.call("fibonacci", function.bin(BinOp.SUB, Reg(0), Imm(1)))
    two = function.call("fibonacci", function.bin(BinOp.SUB, Reg(0), Imm(2)))
    function.ret(function.bin(BinOp.ADD, one, two))
    return function


@each_arch
def test_recursion(arch: Arch) -> None:
    function = entrypoint()
    returning(function, function.call("fibonacci", function.load(Reg(1))))
    assert returned(module(function, fibonacci()), arch, words(12)) == 144


@each_arch
def test_five_arguments(arch: Arch) -> None:
    """The recursion keeps LLVM from inlining the function."""
    inner = FunctionBuilder("mix", 5)
    inner.branch(Reg(4), "more", "last", following="more")
    less = inner.bin(BinOp.SUB, Reg(4), Imm(1))
    first = inner.call("mix", Reg(1), Reg(2), Reg(3), Reg(0), less)
    second = inner.call("mix", Reg(3), Reg(0), Reg(1), Reg(2), less)
    inner.ret(inner.bin(BinOp.ADD, inner.bin(BinOp.MUL, first, Imm(3)), second), following="last")
    inner.ret(Reg(0))
    function = entrypoint()
    returning(function, function.call("mix", Imm(2), Imm(3), Imm(5), Imm(7), Imm(3)))

    def mix(a: int, b: int, c: int, d: int, depth: int) -> int:
        return 3 * mix(b, c, d, a, depth - 1) + mix(d, a, b, c, depth - 1) if depth else a

    assert returned(module(function, inner), arch) == mix(2, 3, 5, 7, 3)


def checked_sum() -> FunctionBuilder:
    """`sum(a, b, result) -> error`: the shape of every function that can fail."""
    function = FunctionBuilder("sum", 3)
    total = function.bin(BinOp.ADD, Reg(0), Reg(1))
    wrapped = function.cmp(CmpOp.ULT, total, Reg(0))
    function.branch(wrapped, "overflow", "fits", following="overflow", cold="overflow")
    function.ret(Imm(6000), following="fits")
    function.store(Reg(2), total)
    function.ret(Imm(0))
    return function


@pytest.fixture(scope="module", params=ARCHES)
def adder(request: pytest.FixtureRequest) -> Chain:
    function = entrypoint()
    result = function.buffer(8)
    error = function.call("sum", function.load(Reg(1)), function.load(Reg(1), 8), result)
    function.branch(error, "failed", "ok", following="failed", cold="failed")
    function.ret(error, following="ok")
    return_buffer(function, result, 8)
    return Chain.of(compile_module(module(function, checked_sum()), request.param))


@settings(max_examples=50, deadline=None)
@given(left=word, right=word)
@example(left=MASK, right=0)
@example(left=MASK, right=1)
def test_a_function_that_can_fail(adder: Chain, left: int, right: int) -> None:
    outcome = adder.send(words(left, right))
    if left + right > MASK:
        assert "Custom(6000)" in (outcome.error or "")
    else:
        assert outcome.error is None
        assert int.from_bytes(outcome.returned, "little") == left + right


@pytest.fixture(scope="module", params=ARCHES)
def multiplier(request: pytest.FixtureRequest) -> Chain:
    function = entrypoint()
    left, right = function.load(Reg(1)), function.load(Reg(1), 8)
    product = function.bin(BinOp.MUL, left, right)
    function.branch(left, "check", "ok", following="check")
    quotient = function.bin(BinOp.UDIV, product, left)
    wrong = function.cmp(CmpOp.NE, quotient, right)
    function.branch(wrong, "overflow", "ok", following="overflow", cold="overflow")
    function.ret(Imm(6001), following="ok")
    high = function.call("rt_mulhi", left, right)
    buffer = function.buffer(16)
    function.store(buffer, product)
    function.store(buffer, high, 8)
    return_buffer(function, buffer, 16)
    return Chain.of(compile_module(module(function), request.param))


@settings(max_examples=50, deadline=None)
@given(left=word | st.integers(0, 1 << 33), right=word | st.integers(0, 1 << 33))
@example(left=1 << 32, right=1 << 32)
@example(left=(1 << 32) - 1, right=(1 << 32) + 1)
def test_the_overflow_check_of_a_product(multiplier: Chain, left: int, right: int) -> None:
    outcome = multiplier.send(words(left, right))
    if left * right > MASK:
        assert "Custom(6001)" in (outcome.error or "")
    else:
        assert outcome.returned.ljust(16, b"\0") == words(left * right, 0)


@pytest.fixture(scope="module", params=ARCHES)
def high_word(request: pytest.FixtureRequest) -> Chain:
    function = entrypoint()
    returning(function, function.call("rt_mulhi", function.load(Reg(1)), function.load(Reg(1), 8)))
    return Chain.of(compile_module(module(function), request.param))


@settings(max_examples=100, deadline=None)
@given(left=word, right=word)
@example(left=MASK, right=MASK)
def test_rt_mulhi(high_word: Chain, left: int, right: int) -> None:
    outcome = high_word.send(words(left, right))
    assert int.from_bytes(outcome.returned, "little") == left * right >> 64


@each_arch
def test_constants_of_every_length_and_content(arch: Arch) -> None:
    data = [bytes([n]) * n for n in range(1, 12)] + [
        b'quote " backslash \\ \x00\xff',
        bytes(range(256)),
    ]
    function = entrypoint()
    joined = b"".join(data)
    buffer, at = function.buffer(len(joined)), 0
    for number, constant in enumerate(data):
        source = function.bin(BinOp.ADD, buffer, Imm(at))
        function.call("sol_memcpy_", source, DataAddress(number), Imm(len(constant)))
        at += len(constant)
    return_buffer(function, buffer, len(joined))
    assert run(module(function, data=data), arch).returned == joined


@each_arch
def test_a_constant_chosen_at_run_time(arch: Arch) -> None:
    names = [f"name-{n}".encode() for n in range(6)]
    function = entrypoint()
    choice = function.load(Reg(1), 0, 8)
    address = function.select(choice, DataAddress(1), DataAddress(0))
    for number in range(2, 6):
        same = function.cmp(CmpOp.EQ, choice, Imm(number))
        address = function.select(same, DataAddress(number), address)
    function.call("sol_log_", address, Imm(6))
    function.ret(Imm(0))
    program = Chain.of(compile_module(module(function, data=names), arch))
    for number, name in enumerate(names):
        assert f"Program log: {name.decode()}" in program.send(bytes([number])).logs


@each_arch
@pytest.mark.parametrize("size", [0, 1, 7, 8, 31, 32, 35, 56, 57, 100, 1000])
def test_rt_memcpy_of_constant_and_of_dynamic_size(arch: Arch, size: int) -> None:
    data = bytes(n * 7 % 256 for n in range(size)) + b"x"
    function = entrypoint()
    buffer = function.buffer(1024)
    function.call("rt_memcpy", buffer, Reg(1), Imm(size))
    function.call("sol_set_return_data", buffer, Imm(size))
    function.ret(Imm(0))
    assert run(module(function), arch, data).returned == data[:size]
    dynamic = entrypoint()
    length = dynamic.bin(BinOp.SUB, dynamic.load(Reg(1), -8), Imm(1))
    target = dynamic.buffer(1024)
    dynamic.call("rt_memcpy", target, Reg(1), length)
    dynamic.call("sol_set_return_data", target, length)
    dynamic.ret(Imm(0))
    assert run(module(dynamic), arch, data).returned == data[:size]


@each_arch
def test_rt_memeq32(arch: Arch) -> None:
    function = entrypoint()
    second = function.bin(BinOp.ADD, Reg(1), Imm(32))
    returning(function, function.call("rt_memeq32", Reg(1), second))
    chain = Chain.of(compile_module(module(function), arch))
    key = bytes(range(32))
    assert chain.send(key + key).returned == words(1)
    for at in range(32):
        other = bytearray(key)
        other[at] ^= 0x40
        assert chain.send(key + bytes(other)).returned == words(0)


@each_arch
def test_stack_buffers_are_apart_and_survive_calls(arch: Arch) -> None:
    inner = FunctionBuilder("inner", 1)
    local = inner.buffer(512)
    for offset in range(0, 512, 8):
        inner.store(local, Imm(MASK), offset)
    inner.call("sol_memcpy_", Reg(0), local, Imm(8))
    inner.branch(inner.load(Reg(0)), "end", "again", following="again")
    inner.ret(inner.call("inner", Reg(0)), following="end")
    inner.ret(Imm(0))
    function = entrypoint()
    buffers = [function.buffer(size) for size in (8, 24, 40)]
    for number, buffer in enumerate(buffers):
        function.store(buffer, Imm(number + 1))
    function.call("inner", function.buffer(8))
    out = function.buffer(48)
    for number, (buffer, following) in enumerate(pairwise([*buffers, buffers[0]])):
        function.store(out, function.load(buffer), 16 * number)
        function.store(out, function.bin(BinOp.AND, following, Imm(7)), 16 * number + 8)
    return_buffer(function, out, 48)
    assert run(module(function, inner), arch).returned.ljust(48, b"\0") == words(1, 0, 2, 0, 3, 0)


@each_arch
def test_sha256_of_two_slices(arch: Arch) -> None:
    function = entrypoint()
    slices, digest = function.buffer(32), function.buffer(32)
    for number, length in enumerate((5, 7)):
        function.store(slices, DataAddress(number), 16 * number)
        function.store(slices, Imm(length), 16 * number + 8)
    function.call("sol_sha256", slices, Imm(2), digest)
    return_buffer(function, digest, 32)
    outcome = run(module(function, data=[b"hello", b"conting"]), arch)
    assert outcome.returned == hashlib.sha256(b"helloconting").digest()


RECORD = 88 + 10_240 + 8
"""Bytes of an account without data in the input region (facts/solana.md 3.5)."""


def system_transfer() -> Module:
    """CPI to the system program: accounts payer, receiver, system program; data: lamports."""
    function = entrypoint()
    accounts = [function.bin(BinOp.ADD, Reg(0), Imm(8 + RECORD * n)) for n in range(3)]
    metas, data, infos = function.buffer(32), function.buffer(12), function.buffer(112)
    instruction = function.buffer(40)
    function.store(data, Imm(2), 0, 32)
    function.store(data, function.load(Reg(1)), 4)
    for number, account in enumerate(accounts[:2]):
        function.store(metas, function.bin(BinOp.ADD, account, Imm(8)), 16 * number)
        flags = Imm(0x0101 if number == 0 else 1)
        function.store(metas, flags, 16 * number + 8, 16)
    for number, account in enumerate(accounts[:2]):
        at = 56 * number
        for field, offset in ((0, 8), (8, 72), (24, 88), (32, 40)):
            function.store(infos, function.bin(BinOp.ADD, account, Imm(offset)), at + field)
        function.store(infos, function.load(account, 80), at + 16)
        function.store(infos, Imm(MASK), at + 40)
        # signer, writable, executable and a byte of padding at once
        function.store(infos, function.load(account, 1, 32), at + 48, 32)
    program = function.bin(BinOp.ADD, accounts[2], Imm(8))
    fields: tuple[Operand, ...] = (program, metas, Imm(2), data, Imm(12))
    for number, value in enumerate(fields):
        function.store(instruction, value, 8 * number)
    result = function.call("sol_invoke_signed_c", instruction, infos, Imm(2), Imm(0), Imm(0))
    function.ret(result)
    return module(function)


@each_arch
def test_a_transfer_by_the_system_program(arch: Arch) -> None:
    chain = Chain.of(compile_module(system_transfer(), arch))
    receiver = Pubkey.new_unique()
    # the system program's own record is longer: it carries data, so it comes last
    accounts = [
        AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True),
        AccountMeta(receiver, is_signer=False, is_writable=True),
        AccountMeta(SYSTEM_PROGRAM, is_signer=False, is_writable=False),
    ]
    outcome = chain.send(words(5_000_000), accounts)
    assert outcome.error is None
    assert chain.svm.get_balance(receiver) == 5_000_000
    assert outcome.units <= 1164  # hand-written IR (facts/solana.md 0.1)


@each_arch
def test_an_endless_loop_ends_by_the_compute_budget(arch: Arch) -> None:
    function = entrypoint()
    function.jump("again", following="again")
    function.jump("again")
    assert "ProgramFailedToComplete" in (run(module(function), arch).error or "")


@each_arch
def test_failure_costs_the_good_path_one_instruction_per_check(arch: Arch) -> None:
    """A failing block is out of line: the good path neither jumps nor loads an error code."""
    function = entrypoint()
    function.ret(Imm(0))
    empty = Chain.of(compile_module(module(function), arch)).send(words(1) * 4).units
    function = entrypoint()
    for number in range(4):
        value = function.load(Reg(1), 8 * number)
        test = function.cmp(CmpOp.EQ, value, Imm(1))
        names = f"good{number}", f"bad{number}"
        function.branch(test, *names, following=names[1], cold=names[1])
        function.ret(Imm(6000 + number), following=names[0])
    function.ret(Imm(0))
    chain = Chain.of(compile_module(module(function), arch))
    assert chain.send(words(1) * 4).units == empty + 4 * 2
    assert "Custom(6003)" in (chain.send(words(1, 1, 1, 2)).error or "")


@each_arch
def test_the_check_of_a_sum_is_one_instruction(arch: Arch) -> None:
    function = entrypoint()
    total = function.bin(BinOp.ADD, function.load(Reg(1)), right := function.load(Reg(1), 8))
    wrapped = function.cmp(CmpOp.ULT, total, right)
    function.branch(wrapped, "bad", "good", following="bad", cold="bad")
    function.ret(Imm(6000), following="good")
    function.store(Reg(1), total)
    function.ret(Imm(0))
    chain = Chain.of(compile_module(module(function), arch))
    # two loads, addition, check, store, result, exit
    assert chain.send(words(1, 2)).units == 7 + (arch == "v0")  # its prologue looks at r2
