"""The whole compiler: what comes out, its stages' texts, and how it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conting_compiler.diagnostics import CompilerError, ConfigError, UserError
from conting_compiler.driver import STAGES, Compiled, compile_program
from conting_compiler.ir.lowered import Branch, CallOp, Jump, LoweredFunction

from tests.compiled import PROGRAMS, compiled

TICKET = PROGRAMS / "ticket"
SMALLER = PROGRAMS / "family"
ADDRESS = "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
HEAD = f"from seahorse.prelude import *\n\ndeclare_id('{ADDRESS}')\n\n"


@pytest.fixture(scope="module")
def ticket() -> Compiled:
    return compiled("ticket")


def test_everything_comes_out(ticket: Compiled) -> None:
    assert ticket.name == "ticket"
    assert ticket.elf[:4] == b"\x7fELF"
    assert ticket.idl["address"] == "6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE"
    instructions = ticket.idl["instructions"]
    assert isinstance(instructions, list)
    assert len(instructions) == len(ticket.program.instructions)
    assert "def buy(" in ticket.client


@pytest.mark.slow
def test_arches_differ_in_the_elf_and_how_the_clock_is_read_alone(ticket: Compiled) -> None:
    older = compile_program(TICKET, arch="v0")
    assert (ticket.elf[48], older.elf[48]) == (3, 0)  # e_flags
    pairs = zip(ticket.lowered.functions, older.lowered.functions, strict=True)
    differ = [(newer, other) for newer, other in pairs if newer != other]
    assert [_system_calls(each) for each in differ] == [
        ({"sol_get_sysvar"}, {"sol_get_clock_sysvar"})
    ]
    assert older.program == ticket.program
    assert older.client == ticket.client


def _system_calls(pair: tuple[LoweredFunction, ...]) -> tuple[set[str], ...]:
    return tuple(
        {
            op.callee
            for block in function.blocks
            for op in block.ops
            if isinstance(op, CallOp) and op.callee.startswith("sol_get_")
        }
        for function in pair
    )


def test_arches_differ_in_the_elf_alone_without_a_clock(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(HEAD + "@instruction\ndef look(x: u64) -> u64:\n    return x + 1\n")
    newer, older = compile_program(file), compile_program(file, arch="v0")
    assert (newer.elf[48], older.elf[48]) == (3, 0)
    assert older.emitted == newer.emitted


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_its_text(ticket: Compiled, stage: str) -> None:
    assert ticket.stage(stage).strip()


def test_unknown_stage(ticket: Compiled) -> None:
    with pytest.raises(KeyError):
        ticket.stage("rust")


def test_lowered_text_shows_every_block(ticket: Compiled) -> None:
    lines = ticket.stage("lowered").splitlines()
    for function in ticket.lowered.functions:
        parameters = ", ".join(f"r{n}" for n in range(function.parameters))
        assert any(line.startswith(f"function {function.name}({parameters})") for line in lines)
    blocks = [block for function in ticket.lowered.functions for block in function.blocks]
    assert sum(line.endswith(":") and line[0] != " " for line in lines) == len(blocks)
    jumps = sum(isinstance(block.terminator, Jump | Branch) for block in blocks)
    assert sum(line.startswith(("  jump ", "  if ")) for line in lines) == jumps


def test_lowered_functions_are_whole(ticket: Compiled) -> None:
    """Labels are unique and exist, registers are assigned once."""
    for function in ticket.lowered.functions:
        labels = [block.label for block in function.blocks]
        assert len(labels) == len(set(labels))
        for block in function.blocks:
            match block.terminator:
                case Jump(label):
                    assert label in labels
                case Branch(_, then, otherwise):
                    assert {then, otherwise} <= set(labels)
        results = [getattr(op, "result", None) for block in function.blocks for op in block.ops]
        registers = [result for result in results if result is not None]
        assert len(registers) == len(set(registers))


@pytest.mark.slow
def test_same_bytes_in_another_process() -> None:
    code = (
        "import sys, pathlib; from conting_compiler.driver import compile_program;"
        f"sys.stdout.buffer.write(compile_program(pathlib.Path({str(SMALLER)!r})).elf)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, check=True
    )
    assert done.stdout == compiled("family").elf


def test_a_wrong_program(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text(HEAD + "@instruction\ndef go(a: u8) -> None:\n    b: u8 = a / 2\n")
    with pytest.raises(UserError) as refused:
        compile_program(path)
    assert [finding.code for finding in refused.value.diagnostics] == ["E203"]


def test_no_program(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        compile_program(tmp_path / "nothing")


def test_seed_fields_are_not_assigned(tmp_path: Path) -> None:
    """`init_if_empty` and signing rely on it."""
    path = tmp_path / "seed.py"
    path.write_text(
        HEAD
        + "class V(Account):\n    k: u64\n    bump: u8\n\n    def seeds(self) -> Seeds:\n"
        + "        return ['v', self.k]\n\n"
        + "@instruction\ndef go(v: V) -> None:\n    v.k = 5\n"
    )
    with pytest.raises(CompilerError, match="seed"):
        compile_program(path)
