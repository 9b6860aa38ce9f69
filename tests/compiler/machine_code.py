"""Machine code for tests: written by hand, or random programs that log all they have computed."""

import random
import struct
from collections.abc import Callable, Sequence

from conting_compiler.link import v0, v3
from conting_compiler.link.instructions import CALL, EXIT, JA, LDDW, SIZE, SOURCE_LOCAL
from conting_compiler.link.linker import Arch
from conting_compiler.link.objects import Program
from conting_compiler.link.verify import verify

from tests.compiler.lowered_builder import Chain, Outcome

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


END: list[Line] = [(MOV, 0, 0, 0, 0), (EXIT, 0, 0, 0, 0)]

WORDS = 5
"""Of memory that a random function writes; they are logged."""
ERRORS = 6
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


def _check(choice: random.Random, at: int, size: int) -> Line:
    """A condition that leads to one of the errors behind the function's end."""
    condition, register = choice.choice((JEQ, JNE, JGT, JLE)), _anywhere(choice)
    distance = size - at - 1 + 2 * choice.randrange(ERRORS)
    return (condition, register, 0, distance, choice.choice(CONSTANTS))


MAKERS: list[Maker] = [
    _move,
    _move,
    _wide,
    _between,
    _between,
    _store,
    _store,
    _load,
    _jump,
    _jump,
    _check,
]


def _function(seed: int) -> list[Line]:
    """Fills its registers, then does anything with them and the memory at r1."""
    choice = random.Random(seed)
    lines: list[Line] = [(*_move(choice, 0, 0)[:1], r, 0, 0, r * 3) for r in (0, *range(2, 10))]
    size = 60
    for at in range(size - 1):
        maker = _leave if choice.random() < 0.06 else choice.choice(MAKERS)
        lines.append(maker(choice, at, size))
    errors: list[Line] = [
        line for number in range(ERRORS) for line in ((MOV, 0, 0, 0, 1000 + number), END[1])
    ]
    return [*lines, END[1], *errors]


def whole(seed: int) -> Program:
    """Calls the random function with cleared memory, and logs its result and the memory."""
    return around(_function(seed))


def around(function: list[Line], helper: list[Line] | None = None) -> Program:
    """A program that calls the function as `whole` does; calls in it are calls of the helper."""
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
    functions = {0: "entrypoint", len(head): "anything"}
    end = len(head) + len(function)
    if helper is not None:
        functions[end] = "helper"
    body = [(*line[:4], end) if line[0] == CALL else line for line in function]
    program = assemble([*head, *body, *(helper or [])], functions)
    syscall = (len(head) - 3) * SIZE
    return Program(
        program.text, 0, b"", {}, {}, {syscall: "sol_set_return_data"}, program.functions
    )


def run_alike(chain: Chain, arch: Arch, programs: Sequence[Program], seed: int) -> list[Outcome]:
    """What came of each: all are sound, end well and return the same."""
    outcomes = []
    for program in programs:
        elf = (v3 if arch == "v3" else v0).write(program)
        verify(elf)
        chain.deploy(elf)
        outcome = chain.send(b"12345678")
        assert outcome.error is None, (seed, outcome)
        outcomes.append(outcome)
    assert len({outcome.returned for outcome in outcomes}) == 1, seed
    return outcomes
