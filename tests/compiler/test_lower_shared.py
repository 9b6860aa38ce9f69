"""What only programs of many instructions have: a search of discriminators, code that is shared."""

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from conting_compiler.driver import compile_program
from conting_compiler.ir.faults import Fault
from conting_compiler.ir.typesystem import UncheckedT
from conting_compiler.lower import COMPACT_FROM, lower
from solders.instruction import AccountMeta, Instruction

from tests.compiler.typed_programs import (
    FORMS,
    Chain,
    account,
    build,
    code_of,
    instruction,
    program,
)

PROGRAMS = Path(__file__).parents[2] / "programs"
SAME_BITS = 0x1234_5678
"""What the low 31 bits of all discriminators are."""


def discriminators(count: int) -> list[bytes]:
    return [struct.pack("<Q", SAME_BITS | number << 31) for number in range(1, count + 1)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [7, 8, 20])
def test_discriminators_that_differ_in_high_bits_only(form: str, count: int) -> None:
    empty = [instruction(f"number_{n}", []) for n in range(count)]
    named = zip(empty, discriminators(count), strict=True)
    instructions = [replace(each, discriminator=name) for each, name in named]
    chain = Chain(build(program(instructions), form))

    def call(data: bytes) -> int:
        return code_of(chain.send(Instruction(chain.program, data, [])))

    for name in discriminators(count):
        assert call(name) == 0
        assert call(name + b"\0") == Fault.BAD_ARGUMENTS
    assert call(struct.pack("<Q", SAME_BITS)) == Fault.UNKNOWN_INSTRUCTION
    assert call(struct.pack("<Q", SAME_BITS | (count + 1) << 31)) == Fault.UNKNOWN_INSTRUCTION
    assert call(b"") == Fault.INSTRUCTION_MISSING


@pytest.mark.parametrize("form", FORMS)
def test_discriminators_that_the_instruction_itself_compares(form: str) -> None:
    """Of instructions that take accounts: found by 31 bits, or alike in these, or not there."""
    taken = [account("who", UncheckedT())]
    usual = [instruction(f"number_{n}", [], accounts=taken) for n in range(17)]
    named = enumerate(discriminators(3))
    alike = [replace(usual[0], name=f"alike_{n}", discriminator=name) for n, name in named]
    instructions = [*usual, *alike]
    chain = Chain(build(program(instructions), form))
    places = [AccountMeta(chain.payer.pubkey(), is_signer=True, is_writable=True)]

    def call(data: bytes, metas: list[AccountMeta]) -> int:
        return code_of(chain.send(Instruction(chain.program, data, metas)))

    for each in instructions:
        assert call(each.discriminator, places) == 0
        assert call(each.discriminator, []) == Fault.NOT_ENOUGH_ACCOUNTS
        assert call(each.discriminator + b"\0", places) == Fault.BAD_ARGUMENTS
        for bit in range(34, 64, 7):
            word = int.from_bytes(each.discriminator, "little") ^ 1 << bit
            assert call(struct.pack("<Q", word), places) == Fault.UNKNOWN_INSTRUCTION
    for each in usual:
        for size in range(8):
            assert call(each.discriminator[:size], places) == Fault.INSTRUCTION_MISSING


def test_code_is_shared_from_some_instructions_on() -> None:
    few = [instruction(f"number_{n}", []) for n in range(COMPACT_FROM)]
    assert lower(program(few)).compact
    assert not lower(program(few[1:])).compact


@pytest.mark.slow
def test_shared_code_of_a_large_program_is_far_smaller() -> None:
    family = PROGRAMS / "family"
    shared, written_out = (len(compile_program(family, compact=c).elf) for c in (True, False))
    assert shared * 5 < written_out * 3


@pytest.mark.parametrize("form", ["v0", "v0-shared"])
def test_the_clock_needs_no_newer_system_call_in_v0(tmp_path: Path, form: str) -> None:
    source = (
        "from seahorse.prelude import *\n\n"
        'declare_id("6oNCLWbR2jQyLm5jA1e6MiZoTXzDm3ZR9x8rPZdpb1gE")\n\n'
        "@instruction\ndef look(clock: Clock):\n    assert clock.slot() > 0\n"
    )
    (tmp_path / "sample.py").write_text(source)
    elf = compile_program(tmp_path / "sample.py", arch="v0", compact=form != "v0").elf
    assert b"sol_get_clock_sysvar" in elf
    assert b"sol_get_sysvar" not in elf
