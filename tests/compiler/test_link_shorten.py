"""Shorter code computes the same: cases by hand, and random programs run on LiteSVM both ways."""

import os
import random
import struct
from collections.abc import Callable

import pytest
from conting_compiler.link import v0, v3
from conting_compiler.link.instructions import CALL, EXIT, JA, LDDW, SIZE, SOURCE_LOCAL, decode
from conting_compiler.link.linker import Arch
from conting_compiler.link.objects import Program
from conting_compiler.link.shorten import shorten
from conting_compiler.link.verify import verify

from tests.compiler.lowered_builder import ARCHES, Chain

FACTOR = int(os.environ.get("CONTING_FUZZ", "0"))
ROUNDS = 60 * max(FACTOR, 1)
MOV, MOV32, MOVX, ADD, ADDX = 0xB7, 0xB4, 0xBF, 0x07, 0x0F
STXB, STXH, STXW, STXDW, LDXDW = 0x73, 0x6B, 0x63, 0x7B, 0x79
STDW, STB = 0x7A, 0x72
JEQ, JNE, JGT, JLE, JSET = 0x15, 0x55, 0x25, 0xB5, 0x45
_SLOT = struct.Struct("<BBhi")
Line = tuple[int, int, int, int, int]
"""Opcode, destination, source, offset, immediate."""


def assemble(lines: list[Line], functions: dict[int, str] | None = None) -> Program:
    """A program of these instructions; a lddw's immediate has 64 bits, a call's is a line."""
    starts = [0]
    for opcode, *_ in lines:
        starts.append(starts[-1] + (2 if opcode == LDDW else 1))
    text = b""
    for number, (opcode, destination, source, offset, immediate) in enumerate(lines):
        far = starts[immediate] - starts[number] - 1 if opcode == CALL else immediate
        jumps = opcode & 7 == 5 and opcode not in {CALL, EXIT}
        distance = starts[number + 1 + offset] - starts[number] - 1 if jumps else offset
        low = far & 0xFFFFFFFF
        text += _SLOT.pack(opcode, destination | source << 4, distance, low - (low >> 31 << 32))
        if opcode == LDDW:
            text += struct.pack("<4xI", immediate >> 32 & 0xFFFFFFFF)
    named = {starts[at] * SIZE: name for at, name in (functions or {0: "entrypoint"}).items()}
    return Program(text, 0, b"", {}, {}, {}, named)


def shortened(lines: list[Line], base: int | None = None) -> list[Line]:
    """What becomes of one function."""
    text = shorten(assemble(lines), base).text
    return [(i.opcode, i.destination, i.source, i.offset, i.immediate) for i in decode(text)]


END: list[Line] = [(MOV, 0, 0, 0, 0), (EXIT, 0, 0, 0, 0)]


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


# --- random programs

WORDS = 5
"""Of memory that a random function writes; they are logged."""
CONSTANTS = (0, 1, -1, 7, 0x7FFFFFFF, -0x80000000)
WIDE = (0x80000000, 0xFFFFFFFF, 1 << 32, 0x123456789ABCDEF0, (1 << 64) - 1)
Maker = Callable[[random.Random, int, int], Line]


def _anywhere(choice: random.Random) -> int:
    return choice.choice((2, 3, 4, 5, 6, 7, 8, 9, 0))


def _move(choice: random.Random, at: int, size: int) -> Line:
    del at, size
    return (choice.choice((MOV, MOV, MOV32)), _anywhere(choice), 0, 0, choice.choice(CONSTANTS))


def _wide(choice: random.Random, at: int, size: int) -> Line:
    del at, size
    return (LDDW, _anywhere(choice), 0, 0, choice.choice(WIDE))


def _between(choice: random.Random, at: int, size: int) -> Line:
    del at, size
    opcode = choice.choice((MOVX, ADDX, 0xAF, 0x1F))
    return (opcode, _anywhere(choice), _anywhere(choice), 0, 0)


def _store(choice: random.Random, at: int, size: int) -> Line:
    del at, size
    place = choice.randrange(8 * WORDS - 7)
    return (choice.choice((STXB, STXH, STXW, STXDW)), 1, _anywhere(choice), place, 0)


def _load(choice: random.Random, at: int, size: int) -> Line:
    del at, size
    place = choice.randrange(8 * WORDS - 7)
    return (choice.choice((LDXDW, 0x61, 0x69, 0x71)), _anywhere(choice), 1, place, 0)


def _jump(choice: random.Random, at: int, size: int) -> Line:
    condition = choice.choice((JEQ, JNE, JGT, JLE, JSET, 0x35, 0xA5, 0x65, 0xD5, 0x75, 0xC5))
    distance = choice.randrange(min(4, size - at - 2) + 1)
    if choice.random() < 0.3:
        return (JA, 0, 0, distance, 0)
    return (condition, _anywhere(choice), 0, distance, choice.choice(CONSTANTS))


def _leave(choice: random.Random, at: int, size: int) -> Line:
    del choice, at, size
    return END[1]


MAKERS: list[Maker] = [_move, _move, _wide, _between, _between, _store, _store, _load, _jump, _jump]


def _function(seed: int) -> list[Line]:
    """Fills its registers, then does anything with them and the memory at r1."""
    choice = random.Random(seed)
    lines: list[Line] = [(*_move(choice, 0, 0)[:1], r, 0, 0, r * 3) for r in (0, *range(2, 10))]
    size = 60
    for at in range(size - 1):
        maker = _leave if choice.random() < 0.06 else choice.choice(MAKERS)
        lines.append(maker(choice, at, size))
    return [*lines, END[1]]


def _whole(seed: int) -> Program:
    """Calls the random function with cleared memory, and logs its result and the memory."""
    memory = -8 * WORDS
    clear: list[Line] = [(STDW, 10, 0, memory + 8 * i, 0) for i in range(WORDS)]
    head: list[Line] = [
        *clear,
        (MOVX, 1, 10, 0, 0),
        (ADD, 1, 0, 0, memory),
        (CALL, 0, SOURCE_LOCAL, 0, 0),  # to the end of this function
        (STXDW, 10, 0, memory - 8, 0),
        (MOVX, 1, 10, 0, 0),
        (ADD, 1, 0, 0, memory - 8),
        (MOV, 2, 0, 0, 8 * WORDS + 8),
        (CALL, 0, 0, 0, 0),
        *END,
    ]
    place = next(i for i, line in enumerate(head) if line[0] == CALL)
    head[place] = (CALL, 0, SOURCE_LOCAL, 0, len(head))
    lines = [*head, *_function(seed)]
    program = assemble(lines, {0: "entrypoint", len(head): "anything"})
    syscall = (len(head) - 3) * SIZE
    return Program(
        program.text, 0, b"", {}, {}, {syscall: "sol_set_return_data"}, program.functions
    )


@pytest.mark.parametrize("arch", ARCHES)
def test_random_programs_do_the_same(arch: Arch) -> None:
    chain = Chain()
    writer = v3.write if arch == "v3" else v0.write
    start = random.randrange(1 << 32) if FACTOR else 0
    saved = 0
    for seed in range(start, start + ROUNDS):
        whole = _whole(seed)
        short = shorten(whole, v3.CONSTANTS_BASE if arch == "v3" else None)
        outcomes = []
        for program in (whole, short):
            elf = writer(program)
            verify(elf)
            chain.deploy(elf)
            outcome = chain.send(b"12345678")
            assert outcome.error is None, (seed, outcome)
            outcomes.append(outcome)
        assert outcomes[0].returned == outcomes[1].returned, seed
        assert outcomes[1].units <= outcomes[0].units, seed
        saved += len(whole.text) - len(short.text)
    assert saved > 0
