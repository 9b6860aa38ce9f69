"""Verifier and LiteSVM's loader judge sound and damaged ELFs; ours is stricter only by name."""

import struct
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random

import pytest
from conting_compiler.ir.lowered import BinOp, CmpOp, DataAddress, Imm, Module, Reg
from conting_compiler.link.error import LinkError
from conting_compiler.link.linker import Arch
from conting_compiler.link.verify import STRICTER, verify
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey

from tests.compiler.lowered_builder import (
    ARCHES,
    Chain,
    FunctionBuilder,
    compile_module,
    entrypoint,
    module,
    return_buffer,
)

pytestmark = pytest.mark.slow

each_arch = pytest.mark.parametrize("arch", ARCHES)


def recursive() -> FunctionBuilder:
    function = FunctionBuilder("recursive", 1)
    function.branch(function.cmp(CmpOp.ULT, Reg(0), Imm(2)), "base", "step", following="base")
    function.ret(Reg(0), following="step")
    one = function.call("recursive", function.bin(BinOp.SUB, Reg(0), Imm(1)))
    two = function.call("recursive", function.bin(BinOp.SUB, Reg(0), Imm(2)))
    function.ret(function.bin(BinOp.ADD, one, two))
    return function


def sample() -> Module:
    """Every kind of instruction that LLVM makes of our IR: calls, syscalls, jumps, memory, lddw."""
    function = entrypoint()
    function.call("sol_log_", DataAddress(0), Imm(5))
    value = function.call("recursive", function.load(Reg(1)))
    buffer = function.buffer(32)
    function.store(buffer, value)
    function.store(buffer, function.bin(BinOp.UDIV, value, Imm(7)), 8)
    function.store(buffer, function.bin(BinOp.LSHR, value, Imm(3)), 16)
    function.store(buffer, function.load(DataAddress(1)), 24)
    return_buffer(function, buffer, 32)
    return module(function, recursive(), data=[b"hello", b"worldwide"])


def bare() -> Module:
    """No constants and no syscalls."""
    function = entrypoint()
    function.ret(function.bin(BinOp.AND, function.load(Reg(1)), Imm(0)))
    return module(function)


@cache
def elf(arch: Arch) -> bytes:
    return compile_module(sample(), arch)


class Loader:
    """LiteSVM, asked only whether it loads."""

    def __init__(self) -> None:
        self.svm, self.program = LiteSVM(), Pubkey.new_unique()

    def refuses(self, data: bytes) -> str | None:
        try:
            self.svm.add_program(self.program, data)
        except Exception as error:
            if type(error).__name__ != "LiteSVMError":  # solders does not export the class
                raise
            return str(error)
        return None


def refusal_of(data: bytes) -> LinkError | None:
    try:
        verify(data)
    except LinkError as error:
        return error
    return None


@pytest.fixture(scope="module")
def loader() -> Loader:
    return Loader()


@each_arch
@pytest.mark.parametrize("build", [sample, bare])
def test_sound_programs_pass_load_and_run(arch: Arch, build: Callable[[], Module]) -> None:
    program = compile_module(build(), arch)
    verify(program)
    assert Chain.of(program).send((7).to_bytes(8, "little")).error is None


def with_byte(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def damaged_bytes(data: bytes) -> Iterator[bytes]:
    for at, old in enumerate(data):
        for value in {0, 0xFF, old ^ 1, old ^ 0x80, (old + 8) & 0xFF} - {old}:
            yield with_byte(data, at, value)


def truncated(data: bytes) -> Iterator[bytes]:
    for size in {*range(0, len(data), 8), *range(70), len(data) - 1}:
        yield data[:size]


def damaged_words(data: bytes, count: int) -> Iterator[bytes]:
    random = Random(5)
    sizes = (0, 1, 8, 16, 64, 120, len(data), len(data) - 8, 1 << 31, (1 << 64) - 8)
    for _ in range(count):
        damaged = bytearray(data)
        for _ in range(random.choice((1, 1, 2, 3))):
            at, width = random.randrange(len(data)), random.choice((1, 2, 4, 8))
            word = random.choice((random.getrandbits(64), *sizes)).to_bytes(8, "little")
            damaged[at : at + width] = word[:width]
        yield bytes(damaged[: len(data)])


@pytest.mark.fuzz
@each_arch
@pytest.mark.parametrize("damage", ["bytes", "truncation", "words"])
def test_no_damage_passes_that_the_loader_refuses(loader: Loader, arch: Arch, damage: str) -> None:
    sound = elf(arch)
    corpus = {
        "bytes": damaged_bytes(sound),
        "truncation": truncated(sound),
        "words": damaged_words(sound, 2000),
    }[damage]
    judged: Counter[str] = Counter()
    for data in corpus:
        theirs, ours = loader.refuses(data), refusal_of(data)
        judged[ours.rule if ours is not None else "passed"] += 1
        if ours is None:
            assert theirs is None, theirs
        else:
            assert theirs is not None or ours.rule in STRICTER, ours
    assert sum(judged.values()) >= 100
    assert len(judged) >= (2 if damage == "truncation" else 15)


def text_offset(arch: Arch) -> int:
    """The file offset of the bytecode, from its program header."""
    index = {"v3": 1, "v0": 0}[arch]
    offset: int = struct.unpack_from("<Q", elf(arch), 64 + 56 * index + 8)[0]
    return offset


def find(arch: Arch, opcode: int, skip: int = 0) -> int:
    """The file offset of an instruction with an opcode."""
    at = text_offset(arch)
    while True:
        if elf(arch)[at] == opcode:
            if skip == 0:
                return at
            skip -= 1
        at += 16 if elf(arch)[at] == 0x18 else 8


def patched(arch: Arch, at: int, data: bytes) -> bytes:
    return elf(arch)[:at] + data + elf(arch)[at + len(data) :]


INSTRUCTIONS: dict[str, tuple[int, int, bytes]] = {
    # rule: opcode of the instruction to damage, offset in it, new bytes
    "opcode": (0x95, 0, b"\x96"),
    "source-register": (0x79, 1, b"\xb1"),
    "destination-register": (0x79, 1, b"\x0b"),
    "frame-pointer": (0x79, 1, b"\x1a"),
    "division-by-zero": (0x37, 4, bytes(4)),
    "shift-amount": (0x77, 4, b"\x40"),
    "jump-target": (0xA5, 2, b"\xff\x7f"),
    "lddw-half": (0x18, 8, b"\x07"),
}


@each_arch
@pytest.mark.parametrize("rule", INSTRUCTIONS)
def test_a_damaged_instruction_is_refused_by_its_rule(
    loader: Loader, arch: Arch, rule: str
) -> None:
    opcode, offset, data = INSTRUCTIONS[rule]
    at = find(arch, opcode)
    broken = patched(arch, at + offset, data)
    assert loader.refuses(broken) is not None
    with pytest.raises(LinkError) as caught:
        verify(broken)
    assert caught.value.rule == rule
    assert f"{at:#x}" in str(caught.value)


HEADER: dict[str, tuple[int, str, int]] = {
    # rule: offset in the file header, struct format, a value that breaks it
    "ident": (7, "<B", 3),
    "elf-version": (20, "<I", 2),
    "machine": (18, "<H", 62),
    "header-size": (52, "<H", 63),
    "entry": (24, "<Q", 4),
}


@each_arch
@pytest.mark.parametrize("rule", HEADER)
def test_a_damaged_file_header_is_refused_by_its_rule(
    loader: Loader, arch: Arch, rule: str
) -> None:
    offset, layout, value = HEADER[rule]
    broken = patched(arch, offset, struct.pack(layout, value))
    assert loader.refuses(broken) is not None
    with pytest.raises(LinkError) as caught:
        verify(broken)
    assert caught.value.rule == rule


def backwards(arch: Arch) -> bytes:
    """A jump's distance from the second function to the first instruction of the text."""
    jump = find(arch, 0xA5)
    return struct.pack("<h", -((jump - text_offset(arch)) // 8) - 1)


def inside_lddw(arch: Arch) -> bytes:
    entry: int = struct.unpack_from("<Q", elf(arch), 24)[0]
    return struct.pack("<Q", entry + find(arch, 0x18) + 8 - text_offset(arch))


def stricter(arch: Arch, rule: str) -> bytes:
    """An ELF that loads, and that the rule is there to refuse."""
    syscall, call = find(arch, 0x85), find(arch, 0x85, skip=1)
    at, data = {
        "version": (48, b"\x01"),
        "unknown-syscall": (syscall + 4, b"\x01\x02\x03\x04"),
        "call-kind": (syscall + 1, b"\x20"),
        "call-target": (call + 4, b"\xff\xff\x00\x00"),
        "unresolved-call": (call + 4, b"\xff\xff\xff\xff"),
        "falls-off-end": (find(arch, 0x95), b"\xb7\x00\x00\x00\x00\x00\x00\x00"),
        "leaves-function": (find(arch, 0xA5) + 2, backwards(arch)),
        "entry-in-lddw": (24, inside_lddw(arch)),
    }[rule]
    return patched(arch, at, data)


STRICT_CASES = [
    *[("v3", r) for r in ("unknown-syscall", "call-kind", "call-target")],
    *[("v0", r) for r in ("version", "unresolved-call")],
    *[(a, r) for a in ARCHES for r in ("falls-off-end", "leaves-function", "entry-in-lddw")],
]


@pytest.mark.parametrize(("arch", "rule"), STRICT_CASES)
def test_where_ours_is_stricter(loader: Loader, arch: Arch, rule: str) -> None:
    broken = stricter(arch, rule)
    assert loader.refuses(broken) is None
    with pytest.raises(LinkError) as caught:
        verify(broken)
    assert caught.value.rule == rule
    assert rule in STRICTER
