"""Rows of instructions that become functions compute the same as in their places."""

import os
import random

import pytest
from conting_compiler.link.instructions import CALL, JA, SOURCE_LOCAL, decode
from conting_compiler.link.linker import Arch
from conting_compiler.link.listing import read, write
from conting_compiler.link.objects import Program
from conting_compiler.link.outline import outline

from tests.compiler import machine_code
from tests.compiler.lowered_builder import ARCHES, Chain
from tests.compiler.machine_code import ADD, END, JEQ, LDXDW, MOV, MOVX, STXDW, Line, assemble

FACTOR = max(int(os.environ.get("CONTING_FUZZ", "0")), 1)
ROW: list[Line] = [(MOVX, 1, 7, 0, 0), (ADD, 1, 0, 0, 96), (MOV, 2, 0, 0, 5), (MOV, 3, 0, 0, 6)]
JUMPS = {JA, JEQ}


def outlined(program: Program) -> Program:
    return write(program, outline(read(program)))


def lines_of(program: Program) -> list[Line]:
    return [
        (i.opcode, i.destination, i.source, i.offset, i.immediate) for i in decode(program.text)
    ]


def made(lines: list[Line]) -> list[Line]:
    """What becomes of one function."""
    return lines_of(outlined(assemble(lines)))


def test_a_row_in_three_places_is_a_function() -> None:
    between: list[Line] = [(STXDW, 1, 2, 0, 0)]
    kept: list[Line] = [(STXDW, 1, 3, 0, 0), (STXDW, 1, 4, 0, 0)]
    program = assemble([*ROW, kept[0], *ROW, kept[1], *ROW, *between, *END])
    found = outlined(program)
    calls = [(CALL, 0, SOURCE_LOCAL, 0, distance) for distance in (7, 5, 3)]
    expected = [calls[0], kept[0], calls[1], kept[1], calls[2], *between, *END]
    assert lines_of(found) == [*expected, *ROW, END[1]]
    assert sorted(found.functions.values()) == ["entrypoint", "shared.0"]


@pytest.mark.parametrize(
    "row",
    [
        # the frame is the caller's
        [(LDXDW, 1, 10, -8, 0), (LDXDW, 2, 10, -16, 0), (STXDW, 10, 3, -24, 0), *ROW[:1]],
        # the machine gives r6 to r9 back as they were
        [(MOV, 6, 0, 0, 1), (MOV, 7, 0, 0, 2), (MOV, 8, 0, 0, 3), (MOV, 9, 0, 0, 4)],
    ],
)
def test_rows_that_stay(row: list[Line]) -> None:
    lines: list[Line] = [*row, *row, *row, *row, *END]
    assert made(lines) == lines


def test_no_jump_leads_into_a_row() -> None:
    """Only the first instruction of a row may be jumped to."""
    inside: list[Line] = [(JEQ, 4, 0, 1, 0), *ROW, *ROW, *ROW, *ROW, *END]
    found = made(inside)
    assert found[:2] == [(JEQ, 4, 0, 1, 0), ROW[0]]
    first: list[Line] = [(JEQ, 4, 0, 4, 0), *ROW, *ROW, *ROW, *ROW, *END]
    assert [line[0] for line in made(first)[:5]] == [JEQ, CALL, CALL, CALL, CALL]


def test_rows_do_not_overlap() -> None:
    one: Line = (ADD, 1, 0, 0, 1)
    lines = made([one] * 30 + END)
    assert sum(line == one for line in lines) < 20
    assert lines.count(END[1]) == 2


# --- random programs


def phrases(choice: random.Random) -> list[list[Line]]:
    """Rows that come again and again; some cannot be moved."""
    makers = [m for m in machine_code.MAKERS if m.__name__ not in {"_jump", "_check"}]
    found = [
        [choice.choice(makers)(choice, 0, 9) for _ in range(choice.randrange(2, 7))]
        for _ in range(6)
    ]
    return [*found, [(CALL, 0, SOURCE_LOCAL, 0, 0), *found[0]]]


def function(seed: int) -> list[Line]:
    """Fills its registers, then says phrases, and jumps over some; a call has no target yet."""
    choice = random.Random(seed)
    said, lines = phrases(choice), list[Line]()
    lines += [(MOV, register, 0, 0, register * 3) for register in (0, *range(2, 10))]
    for _ in range(25):
        phrase = choice.choice(said)
        if choice.random() < 0.3:
            over = choice.randrange(len(phrase) + 1)
            lines.append((JEQ, choice.randrange(2, 10), 0, over, choice.choice((0, 1, 7))))
        lines += phrase
    return [*lines, END[1]]


def whole(seed: int) -> Program:
    """As machine_code.whole, with a function that the random one calls."""
    lines = function(seed)
    helper: list[Line] = [(MOVX, 0, 2, 0, 0), (0x0F, 0, 3, 0, 0), (0xA7, 4, 0, 0, 77), END[1]]
    return machine_code.around(lines, helper)


@pytest.mark.parametrize("arch", ARCHES)
def test_random_programs_do_the_same(arch: Arch) -> None:
    chain, saved = Chain(), 0
    start = random.randrange(1 << 32) if FACTOR > 1 else 0
    for seed in range(start, start + 40 * FACTOR):
        before = whole(seed)
        after = outlined(before)
        machine_code.run_alike(chain, arch, (before, after), seed)
        saved += len(before.text) - len(after.text)
    assert saved > 40 * FACTOR
