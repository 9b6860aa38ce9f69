"""The disassembler says what the bytecode says; expected text was decoded by hand."""

import struct

import pytest
from conting_compiler.ir.lowered import BinOp, CmpOp, DataAddress, Imm, Reg
from conting_compiler.link import elf
from conting_compiler.link.disasm import disassemble
from conting_compiler.link.instructions import OPCODES
from conting_compiler.link.linker import Arch

from tests.compiler.lowered_builder import ARCHES, compile_module, entrypoint, module

CODE = {
    "b701000005000000": "mov64   r1, 5",
    "bf12000000000000": "mov64   r2, r1",
    "0f21000000000000": "add64   r1, r2",
    "8701000000000000": "neg64   r1",
    "79a3f8ff00000000": "ldxdw   r3, [r10-8]",
    "73310300ff000000": "stxb    [r1+3], r3",
    "7a01080007000000": "stdw    [r1+8], 7",
    "dc01000040000000": "be      r1, 64",
    "55010100ffffffff": "jne     r1, -1, L0",
    "85000000bd597520": "call    sol_log_",
    "9500000000000000": "exit",
}


def test_each_form_of_instruction() -> None:
    text = bytes.fromhex("".join(CODE))
    header = elf.file_header(3, 1 << 32, 1)
    load = elf.PROGRAM_HEADER.pack(1, 1, 120, 1 << 32, 1 << 32, len(text), len(text), 8)
    lines = disassemble(header + load + text).splitlines()
    assert lines[0] == "entrypoint:"
    shown = [line[8:] for line in lines if not line.endswith(":")]
    assert shown == list(CODE.values())
    assert lines.index("L0:") == len(lines) - 2


@pytest.mark.parametrize("arch", ARCHES)
def test_a_program_with_a_branch_a_constant_and_a_syscall(arch: Arch) -> None:
    function = entrypoint()
    function.branch(
        function.cmp(CmpOp.EQ, function.load(Reg(1)), Imm(7)), "yes", "no", following="yes"
    )
    function.call("sol_log_", DataAddress(0), Imm(3))
    function.jump("no", following="no")
    function.ret(function.bin(BinOp.LSHR, function.load(Reg(1)), Imm(3)))
    text = disassemble(compile_module(module(function, data=[b"yes"]), arch))
    assert "call    sol_log_" in text
    assert "rsh64   r0, 3" in text
    if arch == "v3":
        assert "mov64   r1, 0" in text  # constants begin at 0, which needs no lddw
    else:
        loads = (line for line in text.splitlines() if "lddw" in line)
        assert any(int(line.split()[3], 16) >= 1 << 32 for line in loads)


def test_the_table_of_opcodes_is_that_of_the_machine() -> None:
    """v0 has 16 + 12 ALU operations in two widths, loads and stores in four, 11 comparisons."""
    arithmetic, memory, jumps = 2 * (2 * 12 + 1) + 2, 3 * 4, 2 * 11 + 1
    assert len(OPCODES[0]) == 1 + arithmetic + memory + jumps + 3
    assert len(OPCODES[3]) == len(OPCODES[0]) + 2 * 11
    assert struct.calcsize("<BBhi") == 8
