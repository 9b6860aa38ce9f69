"""What the linker makes of LLVM's objects; pyelftools and LiteSVM are the other readers."""

import re
import struct
from io import BytesIO

import pytest
from conting_compiler.ir.lowered import DataAddress, Imm
from conting_compiler.link.disasm import disassemble
from conting_compiler.link.error import LinkError
from conting_compiler.link.linker import Arch, link
from conting_compiler.link.objects import read_object
from conting_compiler.link.syscalls import DEPLOYABLE, HASHES, NOT_DEPLOYABLE, murmur3
from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import SymbolTableSection
from llvmlite import binding as llvm

from tests.compiler.lowered_builder import (
    ARCHES,
    Chain,
    compile_module,
    emitted,
    entrypoint,
    module,
)

each_arch = pytest.mark.parametrize("arch", ARCHES)


@pytest.fixture(scope="module")
def machine() -> llvm.TargetMachine:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    return llvm.Target.from_triple("bpfel").create_target_machine(
        cpu="v2", features="+allows-misaligned-mem-access", opt=2, reloc="pic"
    )


def assemble(machine: llvm.TargetMachine, text: str) -> bytes:
    text = re.sub(r"^(define .*\)) {", r"\1 nounwind {", text, flags=re.MULTILINE)
    compiled: bytes = machine.emit_object(llvm.parse_assembly(f'target triple = "bpfel"\n{text}'))
    return compiled


TABLE = """
@first = private constant [5 x i8] c"first", align 1
@second = private constant [6 x i8] c"second", align 1
@names = private constant [2 x ptr] [ptr @first, ptr getelementptr (i8, ptr @second, i64 1)]
declare i64 @sol_log_(ptr, i64)
define i64 @entrypoint(ptr %input, ptr %data) {
  %choice = load i8, ptr %data
  %index = zext i8 %choice to i64
  %place = getelementptr ptr, ptr @names, i64 %index
  %name = load ptr, ptr %place
  %result = call i64 @sol_log_(ptr %name, i64 5)
  ret i64 0
}
"""


@each_arch
def test_constants_that_point_to_constants(machine: llvm.TargetMachine, arch: Arch) -> None:
    chain = Chain.of(link(assemble(machine, TABLE), arch))
    assert "Program log: first" in chain.send(b"\0").logs
    assert "Program log: econd" in chain.send(b"\1").logs


SECTIONS = """
@one = private constant [16 x i8] c"0123456789abcdef", section ".rodata.one", align 16
@two = private unnamed_addr constant [3 x i8] c"xy\\00", align 1
@four = private constant [4 x i8] c"four", section ".rodata.four", align 4
declare i64 @sol_log_(ptr, i64)
define i64 @entrypoint(ptr %input, ptr %data) {
  %a = call i64 @sol_log_(ptr getelementptr (i8, ptr @one, i64 10), i64 6)
  %b = call i64 @sol_log_(ptr @two, i64 2)
  %c = call i64 @sol_log_(ptr @four, i64 4)
  ret i64 0
}
"""


@each_arch
def test_several_sections_of_constants(machine: llvm.TargetMachine, arch: Arch) -> None:
    compiled = assemble(machine, SECTIONS)
    names = {s.name for s in ELFFile(BytesIO(compiled)).iter_sections() if s.name[:4] == ".rod"}
    assert len(names) == 3
    logs = Chain.of(link(compiled, arch)).send().logs
    assert [line for line in logs if "log:" in line] == [
        "Program log: abcdef",
        "Program log: xy",
        "Program log: four",
    ]


UNREACHABLE = """
declare i64 @sol_log_(i64, i64)
declare i64 @not_a_syscall()
define i64 @dead(i64 %x) {
  %r = call i64 @not_a_syscall()
  %s = call i64 @alive(i64 %r)
  ret i64 %s
}
define i64 @alive(i64 %x) {
  %r = call i64 @sol_log_(i64 %x, i64 0)
  ret i64 7
}
define i64 @also_dead(i64 %x) {
  %r = call i64 @dead(i64 %x)
  ret i64 %r
}
define i64 @entrypoint(i64 %input, i64 %data) {
  %r = call i64 @alive(i64 %data)
  ret i64 %r
}
"""


@each_arch
def test_functions_that_nothing_calls_are_dropped(machine: llvm.TargetMachine, arch: Arch) -> None:
    elf = link(assemble(machine, UNREACHABLE), arch)
    assert b"not_a_syscall" not in elf
    assert disassemble(elf).count("exit") == 2
    assert "Custom(7)" in (Chain.of(elf).send().error or "")


REFUSED = {
    "no-entrypoint": "define i64 @main() {\n ret i64 0\n}",
    "one-text": 'define i64 @f() nounwind section ".text.f" {\n ret i64 0\n}\n'
    "define i64 @entrypoint() {\n ret i64 0\n}",
    "writable-data": "@x = global i64 5\n"
    "define i64 @entrypoint() {\n %r = load i64, ptr @x\n ret i64 %r\n}",
    "unknown-syscall": "declare i64 @printf()\n"
    "define i64 @entrypoint() {\n %r = call i64 @printf()\n ret i64 %r\n}",
    "indirect-call": "define i64 @entrypoint(ptr %f) {\n %r = call i64 %f()\n ret i64 %r\n}",
    "address": "@x = external constant i64\n"
    "define i64 @entrypoint() {\n %r = load i64, ptr @x\n ret i64 %r\n}",
}


@each_arch
@pytest.mark.parametrize("rule", REFUSED)
def test_objects_that_are_no_programs(machine: llvm.TargetMachine, arch: Arch, rule: str) -> None:
    with pytest.raises(LinkError) as caught:
        link(assemble(machine, REFUSED[rule]), arch)
    assert caught.value.rule == rule


@pytest.mark.slow
def test_damaged_objects_are_refused_or_linked_but_crash_nothing(
    machine: llvm.TargetMachine,
) -> None:
    sound = assemble(machine, SECTIONS)
    refused = 0
    for at in range(len(sound)):
        for value in (0, 0xFF, sound[at] ^ 0x10):
            try:
                link(sound[:at] + bytes([value]) + sound[at + 1 :], "v3")
            except LinkError:
                refused += 1
        if at % 8 == 0:
            with pytest.raises(LinkError):
                link(sound[:at], "v0")
    assert refused > 100


def test_pyelftools_reads_a_v0_elf_as_we_wrote_it() -> None:
    function = entrypoint()
    function.call("sol_log_", DataAddress(0), Imm(5))
    function.call("sol_log_compute_units_")
    function.ret(Imm(0))
    elf = ELFFile(BytesIO(compile_module(module(function, data=[b"hello"]), "v0")))
    assert elf["e_machine"] == "EM_BPF"
    dynamic = elf.get_section_by_name(".dynsym")
    assert isinstance(dynamic, SymbolTableSection)
    names = [symbol.name for symbol in dynamic.iter_symbols()]
    assert names == ["", "sol_log_", "sol_log_compute_units_"]
    text, rodata = elf.get_section_by_name(".text"), elf.get_section_by_name(".rodata")
    table = elf.get_section_by_name(".rel.dyn")
    assert text is not None
    assert rodata is not None
    assert isinstance(table, RelocationSection)
    relocations = list(table.iter_relocations())
    called = [names[r["r_info_sym"]] for r in relocations]
    assert called == ["sol_log_", "sol_log_compute_units_"]
    for relocation in relocations:
        at = relocation["r_offset"] - text["sh_offset"]
        assert text.data()[at : at + 8] == bytes.fromhex("85000000ffffffff")
    assert rodata.data()[:5] == b"hello"
    low, high = struct.unpack_from("<4xI4xI", text.data(), text.data().index(b"\x18"))
    assert high << 32 | low == (1 << 32) + rodata["sh_addr"]


def test_murmur3_of_published_hashes() -> None:
    # abort, sol_log_: facts/solana.md 3.6; the others: smhasher's test vectors for x86_32, seed 0
    assert murmur3(b"abort") == 0xB6FC1A11
    assert murmur3(b"sol_log_") == 0x207559BD
    assert murmur3(b"") == 0
    assert murmur3(b"test") == 0xBA6BD213
    assert murmur3(b"Hello, world!") == 0xC0363E43
    assert murmur3(b"The quick brown fox jumps over the lazy dog") == 0x2E4FF723
    assert len(set(HASHES.values())) == len(HASHES)


def outcome_of_calling(name: str) -> list[str]:
    """The logs of a v3 program whose first call was redirected to a hash."""
    function = entrypoint()
    function.call("sol_log_64_", Imm(0), Imm(0), Imm(0), Imm(0), Imm(0))
    function.ret(Imm(0))
    elf = compile_module(module(function), "v3")
    at = elf.index(struct.pack("<BBhI", 0x85, 0, 0, HASHES["sol_log_64_"])) + 4
    patched = elf[:at] + struct.pack("<I", murmur3(name.encode())) + elf[at + 4 :]
    return Chain.of(patched).send().logs


@pytest.mark.parametrize("name", DEPLOYABLE)
def test_a_deployable_syscall_exists_on_the_chain(name: str) -> None:
    assert not any("unsupported BPF instruction" in line for line in outcome_of_calling(name))


@pytest.mark.parametrize("name", [n for n in NOT_DEPLOYABLE if n != "sol_alloc_free_"])
def test_other_syscalls_do_not(name: str) -> None:
    assert any("unsupported BPF instruction" in line for line in outcome_of_calling(name))


def test_a_program_lists_what_it_uses() -> None:
    function = entrypoint()
    function.call("sol_log_", DataAddress(1), Imm(3))
    function.ret(Imm(0))
    program = read_object(emitted(module(function, data=[b"unused", b"abc"])).object)
    assert set(program.syscalls.values()) == {"sol_log_"}
    assert program.constants == b"abc" + bytes(5)
