"""Shorter code computes the same: cases by hand, and random programs run on LiteSVM both ways."""

import os
import random

import pytest
from conting_compiler.link import v3
from conting_compiler.link.instructions import CALL, EXIT, JA, LDDW, SIZE, SOURCE_LOCAL, decode
from conting_compiler.link.linker import Arch
from conting_compiler.link.shorten import shorten

from tests.compiler import machine_code
from tests.compiler.lowered_builder import ARCHES, Chain
from tests.compiler.machine_code import (
    ADDX,
    END,
    JEQ,
    JGT,
    JLE,
    JNE,
    JSET,
    LDXDW,
    MOV,
    MOV32,
    MOVX,
    STB,
    STDW,
    STXB,
    STXDW,
    Line,
    assemble,
)

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
ROUNDS = 60 * max(FACTOR, 1)


def shortened(lines: list[Line], base: int | None = None) -> list[Line]:
    """What becomes of one function."""
    text = shorten(assemble(lines), base).text
    return [(i.opcode, i.destination, i.source, i.offset, i.immediate) for i in decode(text)]


def test_constants_are_stored_as_such() -> None:
    lines: list[Line] = [(MOV, 3, 0, 0, -7), (STXDW, 10, 3, -8, 0), (STXB, 10, 3, -9, 0), *END]
    assert shortened(lines) == [(STDW, 10, 0, -8, -7), (STB, 10, 0, -9, 0xF9), *END]


def test_a_constant_that_does_not_extend_stays_in_its_register() -> None:
    lines: list[Line] = [(LDDW, 3, 0, 0, 1 << 31), (STXDW, 10, 3, -8, 0), *END]
    assert shortened(lines) == [(MOV32, 3, 0, 0, -(1 << 31)), (STXDW, 10, 3, -8, 0), *END]


@pytest.mark.parametrize(
    ("value", "short"),
    [
        (5, (MOV, 1, 0, 0, 5)),
        ((1 << 64) - 5, (MOV, 1, 0, 0, -5)),
        ((1 << 32) - 1, (MOV32, 1, 0, 0, -1)),
        (1 << 32, (LDDW, 1, 0, 0, 1 << 32)),
        ((1 << 63) - 1, (LDDW, 1, 0, 0, (1 << 63) - 1)),
    ],
)
def test_short_loads(value: int, short: Line) -> None:
    lines: list[Line] = [(LDDW, 1, 0, 0, value), (MOVX, 0, 1, 0, 0), (EXIT, 0, 0, 0, 0)]
    kept = shortened([(LDXDW, 2, 10, -8, 0), (JEQ, 2, 0, 1, 9), *lines[:1], *lines[1:]])
    assert short in [*kept, *shortened([lines[0], (ADDX, 2, 1, 0, 0), (MOVX, 0, 2, 0, 0), END[1]])]


def test_a_register_that_a_jump_may_bring_is_not_taken_for_a_constant() -> None:
    lines: list[Line] = [
        (MOV, 3, 0, 0, 1),
        (JEQ, 1, 0, 1, 0),
        (MOV, 3, 0, 0, 2),
        (STXDW, 10, 3, -8, 0),
        *END,
    ]
    assert shortened(lines) == lines


def test_conditional_jumps_over_a_jump_or_an_exit() -> None:
    jump: list[Line] = [(JEQ, 1, 0, 1, 0), (JA, 0, 0, 2, 0), *END, (MOV, 0, 0, 0, 1), END[1]]
    assert shortened(jump) == [(JNE, 1, 0, 2, 0), *END, (MOV, 0, 0, 0, 1), END[1]]
    leave: list[Line] = [(MOV, 0, 0, 0, 5), (JGT, 1, 0, 1, 9), END[1], *END]
    assert shortened(leave) == [(MOV, 0, 0, 0, 5), (JLE, 1, 0, 1, 9), *END]


def test_an_exit_that_others_jump_to_stays() -> None:
    lines: list[Line] = [
        (MOV, 0, 0, 0, 5),
        (JEQ, 2, 0, 1, 3),
        (JEQ, 1, 0, 1, 0),
        END[1],
        *END,
    ]
    assert shortened(lines) == lines


def test_conditions_without_opposite_stay() -> None:
    lines: list[Line] = [(JSET, 1, 0, 1, 4), (JA, 0, 0, 2, 0), *END, (MOV, 0, 0, 0, 1), END[1]]
    assert shortened(lines) == lines


def test_what_a_callee_reads_is_kept_and_the_rest_is_not() -> None:
    lines: list[Line] = [
        (MOV, 1, 0, 0, 7),
        (MOV, 2, 0, 0, 8),
        (CALL, 0, SOURCE_LOCAL, 0, 4),
        END[1],
        (MOVX, 0, 1, 0, 0),
        END[1],
    ]
    program = shorten(assemble(lines, {0: "entrypoint", 4: "first"}), None)
    assert [(i.opcode, i.immediate) for i in decode(program.text)] == [
        (MOV, 7),
        (CALL, 1),
        (EXIT, 0),
        (MOVX, 0),
        (EXIT, 0),
    ]
    assert program.functions == {0: "entrypoint", 3 * SIZE: "first"}


@pytest.mark.parametrize("arch", ARCHES)
def test_random_programs_do_the_same(arch: Arch) -> None:
    chain = Chain()
    start = random.randrange(1 << 32) if FACTOR else 0
    saved = 0
    for seed in range(start, start + ROUNDS):
        made = machine_code.whole(seed)
        short = shorten(made, v3.CONSTANTS_BASE if arch == "v3" else None)
        outcomes = machine_code.run_alike(chain, arch, (made, short), seed)
        assert outcomes[1].units <= outcomes[0].units, seed
        saved += len(made.text) - len(short.text)
    assert saved > 0
