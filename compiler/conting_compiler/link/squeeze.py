"""Makes a large program's code shorter still, for a few compute units more.

Where a check fails, an error's number is put in r0, and the function left: 16 bytes beside the jump
that leads there. The number can be there before: then the jump leads to any exit. Then rows of
instructions that stand in several places become functions (outline.py).
"""

from collections import Counter
from typing import Final

from conting_compiler.link.instructions import EXIT, JA, JUMPS
from conting_compiler.link.listing import Listing, Op, compacted, read, write
from conting_compiler.link.liveness import read_after, used, written
from conting_compiler.link.objects import Program
from conting_compiler.link.outline import outline

LARGE: Final = 8_192
"""Bytes of code from which on fewer of them are worth more than a compute unit for each check."""
_MOVES: Final = frozenset({0xB7, 0xB4})
_RESULT: Final = 1
"""r0, as a set of registers."""
_FARTHEST: Final = 15_000
"""Instructions; a jump reaches 32,767 slots."""


def squeeze(program: Program, least: int = LARGE) -> Program:
    """The program, shorter if it has at least so many bytes of code.

    Raises LinkError for jumps that leave their function.
    """
    if len(program.text) < least:
        return program
    return write(program, squeezed(read(program), least))


def squeezed(listing: Listing, least: int = LARGE) -> Listing:
    """As squeeze(), of what is read already and has nothing dropped."""
    if sum(op.size for op in listing.ops) < least:
        return listing
    return outline(compacted(_with_errors_first(listing)))


def _with_errors_first(listing: Listing) -> Listing:
    """Errors' numbers that only one check leads to are put in r0 before that check."""
    ops, after = listing.ops, read_after(listing)
    reached = Counter(op.target for op in ops if op.form in JUMPS)
    before = dict[int, Op]()
    for function in listing.ranges():
        leave = _leave_at_one(ops, function, reached)
        if leave is None:
            continue
        for number in function[:-1]:
            error = ops[number].target
            if error is None or not _leads_to_error(ops, function, number, reached):
                continue
            follower = ops[number + 1]
            needed = after[number + 1] & ~written(follower) | used(follower)
            if needed & _RESULT or abs(leave - number) > _FARTHEST:
                continue
            before[number], ops[error] = ops[error], _dropped(ops[error])
            ops[number].target = leave
            if error + 1 != leave and not reached[error + 1]:
                ops[error + 1].dropped = True
    return _with(listing, before)


def _leave_at_one(ops: list[Op], function: range, reached: Counter[int | None]) -> int | None:
    """The exit to which jumps to any exit lead from now on; not an error's if there is another."""
    exits = [number for number in function if ops[number].opcode == EXIT]
    others = [number for number in exits if not _is_error(ops, function, number - 1, reached)]
    leave = next(reversed(others or exits), None)
    known = set(exits)
    for number in function:
        op = ops[number]
        if leave is not None and op.target in known and abs(leave - number) <= _FARTHEST:
            reached[op.target] -= 1
            reached[leave] += 1
            op.target = leave
    return leave


def _is_error(ops: list[Op], function: range, number: int, reached: Counter[int | None]) -> bool:
    """Whether it is `r0 = number; exit`, and one jump the only way there."""
    if number <= function.start or number + 1 not in function or reached[number] != 1:
        return False
    moved = ops[number].opcode in _MOVES and ops[number].destination == 0
    return moved and ops[number - 1].opcode in {JA, EXIT} and ops[number + 1].opcode == EXIT


def _leads_to_error(
    ops: list[Op], function: range, number: int, reached: Counter[int | None]
) -> bool:
    """Whether it is a condition, of other than r0, that alone leads to an error."""
    op = ops[number]
    if op.form not in JUMPS or op.opcode == JA or used(op) & _RESULT or op.target is None:
        return False
    return _is_error(ops, function, op.target, reached)


def _dropped(op: Op) -> Op:
    return Op(op.opcode, op.destination, op.source, op.offset, op.immediate, dropped=True)


def _with(listing: Listing, before: dict[int, Op]) -> Listing:
    """The listing with further instructions, each before the one of a number, and run with it."""
    places, ops = list[int](), list[Op]()
    for number, op in enumerate(listing.ops):
        places.append(len(ops))
        ops += [before[number], op] if number in before else [op]
    for op in ops:
        op.target = None if op.target is None else places[op.target]
    functions = {places[start]: name for start, name in listing.functions.items()}
    return Listing(ops, functions, places[listing.entry])
