"""Which registers an instruction reads and writes, and which are read after it.

A set of registers is a number with a bit for each.
"""

from dataclasses import dataclass
from typing import Final

from conting_compiler.link.instructions import CALL, EXIT, JA, JUMPS, OPCODES, Form
from conting_compiler.link.listing import Listing, Op
from conting_compiler.link.syscalls import ARGUMENTS

_RESULT: Final = 1
_CHANGED_BY_CALLS: Final = 0b111111
"""r0 to r5; the machine saves r6 to r9."""
_MOVES: Final = frozenset({0xB7, 0xB4, 0xBF, 0xBC})
_ALL_ARGUMENTS: Final = 5
_ALL: Final = (1 << 11) - 1
_CALLS: Final = frozenset({Form.CALL, Form.CALL_REGISTER})
_CHANGES: Final = frozenset({Form.IMMEDIATE, Form.REGISTER, Form.UNARY, Form.BYTE_ORDER})
_WRITES: Final = _CHANGES | {Form.LOAD_CONSTANT, Form.LOAD}
_BRANCHES: Final = frozenset({Form.BRANCH_IMMEDIATE, Form.BRANCH_REGISTER})
_READS_DESTINATION: Final = _CHANGES | _BRANCHES | {Form.STORE, Form.STORE_IMMEDIATE}
_READS_SOURCE: Final = frozenset({Form.LOAD, Form.STORE, Form.REGISTER, Form.BRANCH_REGISTER})
_FORMS: Final = {code: opcode.form for code, opcode in OPCODES[0].items()}
_WRITERS: Final = frozenset(code for code, form in _FORMS.items() if form in _WRITES)
_CALLERS: Final = frozenset(code for code, form in _FORMS.items() if form in _CALLS)
_DESTINATION_READERS: Final = (
    frozenset(code for code, form in _FORMS.items() if form in _READS_DESTINATION) - _MOVES
)
_SOURCE_READERS: Final = frozenset(c for c, form in _FORMS.items() if form in _READS_SOURCE)
_JUMPERS: Final = frozenset(code for code, form in _FORMS.items() if form in JUMPS)
"""Opcodes by what they do."""


def arguments(count: int) -> int:
    """The registers of so many arguments, from r1 on."""
    return (1 << count + 1) - 2


def written(op: Op) -> int:
    """The registers that it changes."""
    if op.opcode in _CALLERS:
        return _CHANGED_BY_CALLS
    return 1 << op.destination if op.opcode in _WRITERS else 0


def used(op: Op) -> int:
    """The registers that it reads; of a call of a function of the program, none."""
    code, found = op.opcode, 0
    if code in _DESTINATION_READERS:
        found |= 1 << op.destination
    if code in _SOURCE_READERS:
        found |= 1 << op.source
    if op.syscall is not None:
        found |= arguments(ARGUMENTS.get(op.syscall, _ALL_ARGUMENTS))
    if code == EXIT:
        found |= _RESULT
    return found


def read_after(listing: Listing) -> list[int]:
    """For each instruction, the registers that are read after it before they are written."""
    flow, functions = _Flow.of(listing), listing.ranges()
    waiting = {function.start for function in functions}
    while waiting:
        # what a function reads of its arguments, its callers read before they call it
        again = set[int]()
        for function in functions:
            if function.start not in waiting:
                continue
            found = flow.solve(function) & arguments(_ALL_ARGUMENTS)
            for call in flow.calls.get(function.start, ()):
                if flow.used[call] != found:
                    flow.used[call] = found
                    again.add(listing.function_at(call))
        waiting = again
    return flow.after


@dataclass(frozen=True, slots=True)
class _Flow:
    """By instruction: what it reads and keeps, where it jumps to, whether it goes on; solved."""

    used: list[int]
    kept: list[int]
    targets: list[int | None]
    goes_on: list[bool]
    before: list[int]
    after: list[int]
    calls: dict[int, list[int]]
    """The calls of each function."""

    @classmethod
    def of(cls, listing: Listing) -> "_Flow":
        """Nothing is known to be read yet."""
        ops = listing.ops
        calls = dict[int, list[int]]()
        for number, op in enumerate(ops):
            if op.opcode == CALL and op.target is not None:
                calls.setdefault(op.target, []).append(number)
        return cls(
            [0 if op.dropped else used(op) for op in ops],
            [_ALL if op.dropped else _ALL & ~written(op) for op in ops],
            [op.target if op.opcode in _JUMPERS and not op.dropped else None for op in ops],
            [op.dropped or op.opcode not in {JA, EXIT} for op in ops],
            [0] * len(ops),
            [0] * len(ops),
            calls,
        )

    def solve(self, function: range) -> int:
        """Fills in `before` and `after`; gives what the function reads before it writes it."""
        before, after, targets, goes_on = self.before, self.after, self.targets, self.goes_on
        kept, read, end = self.kept, self.used, function.stop
        changed = True
        while changed:
            changed = goes_back = False
            for number in reversed(function):
                target = targets[number]
                live = 0
                if target is not None:
                    live = before[target]
                    goes_back = goes_back or target <= number
                if goes_on[number] and number + 1 < end:
                    live |= before[number + 1]
                after[number] = live
                live = live & kept[number] | read[number]
                if live != before[number]:
                    before[number] = live
                    changed = True
            changed = changed and goes_back
        return before[function.start]
