"""Squeezed code computes the same: cases by hand, and random programs run on LiteSVM both ways."""

import os
import random

import pytest
from conting_compiler.link import v3
from conting_compiler.link.instructions import JA, decode
from conting_compiler.link.linker import Arch
from conting_compiler.link.shorten import shorten
from conting_compiler.link.squeeze import squeeze

from tests.compiler import machine_code
from tests.compiler.lowered_builder import ARCHES, Chain
from tests.compiler.machine_code import END, JEQ, JNE, LDXDW, MOV, MOVX, Line, assemble

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
ROUNDS = 60 * max(FACTOR, 1)


def squeezed(lines: list[Line]) -> list[Line]:
    """What becomes of one function."""
    text = squeeze(assemble(lines), least=0).text
    return [(i.opcode, i.destination, i.source, i.offset, i.immediate) for i in decode(text)]


def test_the_error_of_one_check_is_there_before_it() -> None:
    lines: list[Line] = [(LDXDW, 2, 1, 0, 0), (JEQ, 2, 0, 2, 7), *END, (MOV, 0, 0, 0, 6001), END[1]]
    assert squeezed(lines) == [
        (LDXDW, 2, 1, 0, 0),
        (MOV, 0, 0, 0, 6001),
        (JEQ, 2, 0, 1, 7),
        *END,
    ]


def test_a_jump_to_the_check_meets_its_error_too() -> None:
    lines: list[Line] = [
        (JNE, 2, 0, 1, 1),
        (MOV, 3, 0, 0, 5),
        (JEQ, 3, 0, 2, 7),
        *END,
        (MOV, 0, 0, 0, 6001),
        END[1],
    ]
    assert squeezed(lines) == [
        (JNE, 2, 0, 1, 1),
        (MOV, 3, 0, 0, 5),
        (MOV, 0, 0, 0, 6001),
        (JEQ, 3, 0, 1, 7),
        *END,
    ]


@pytest.mark.parametrize(
    "lines",
    [
        # r0 is what the check looks at
        [(JEQ, 0, 0, 2, 0), (MOV, 0, 0, 0, 0), END[1], (MOV, 0, 0, 0, 6001), END[1]],
        # r0 is the result where the check holds
        [(LDXDW, 0, 1, 0, 0), (JEQ, 2, 0, 1, 0), END[1], (MOV, 0, 0, 0, 6001), END[1]],
        # two checks have the error
        [(JEQ, 2, 0, 3, 0), (JEQ, 3, 0, 2, 0), *END, (MOV, 0, 0, 0, 6001), END[1]],
        # it is no constant
        [(JEQ, 2, 0, 2, 0), *END, (MOVX, 0, 3, 0, 0), END[1]],
        # it is run into, too
        [(JEQ, 2, 0, 1, 0), (MOV, 3, 0, 0, 1), (MOV, 0, 0, 0, 6001), END[1]],
    ],
)
def test_errors_that_stay_where_they_are(lines: list[Line]) -> None:
    assert squeezed(lines) == lines


def test_small_programs_stay_as_they_are() -> None:
    lines: list[Line] = [(JEQ, 2, 0, 2, 7), *END, (MOV, 0, 0, 0, 6001), END[1]]
    program = assemble(lines)
    assert squeeze(program) is program


def test_a_function_without_an_exit_stays_as_it_is() -> None:
    lines: list[Line] = [(JEQ, 2, 0, 0, 7), (JA, 0, 0, -2, 0)]
    assert squeezed(lines) == lines


@pytest.mark.parametrize("arch", ARCHES)
def test_random_programs_do_the_same(arch: Arch) -> None:
    chain = Chain()
    start = random.randrange(1 << 32) if FACTOR else 0
    saved = 0
    for seed in range(start, start + ROUNDS):
        made = shorten(machine_code.whole(seed), v3.CONSTANTS_BASE if arch == "v3" else None)
        short = squeeze(made, least=0)
        machine_code.run_alike(chain, arch, (made, short), seed)
        saved += len(made.text) - len(short.text)
    assert saved > 0
