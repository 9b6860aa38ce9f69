"""Makes the code that LLVM generates for BPF shorter where SBPF's instructions allow more.

LLVM's cpu v2 has no store of a constant, loads 64 bits where 32 do, and lays out blocks so that a
conditional jump is followed by another jump. None of this changes what a program computes.
"""

from collections import Counter
from typing import Final

from conting_compiler.link.instructions import EXIT, JA, JUMPS, LDDW, Form
from conting_compiler.link.listing import Listing, Op, compacted, read, write
from conting_compiler.link.liveness import read_after, written
from conting_compiler.link.objects import Program

_MOV, _MOV32, _MOV_REGISTER = 0xB7, 0xB4, 0xBF
_ADD, _ADD_REGISTER, _REGISTER_BIT = 0x07, 0x0F, 0x08
_STORE_TO_IMMEDIATE: Final = {0x63: 0x62, 0x6B: 0x6A, 0x73: 0x72, 0x7B: 0x7A}
_STORED_BITS: Final = {0x63: 32, 0x6B: 16, 0x73: 8, 0x7B: 64}
_OPPOSITE: Final = {
    0x10: 0x50, 0x50: 0x10, 0x20: 0xB0, 0xB0: 0x20, 0x30: 0xA0, 0xA0: 0x30,
    0x60: 0xD0, 0xD0: 0x60, 0x70: 0xC0, 0xC0: 0x70,
}  # fmt: skip
"""Condition -> its negation: jeq jne, jgt jle, jge jlt, and the signed ones. jset has none."""
_CONDITION: Final = 0xF0
_SIGN: Final = 1 << 31
_LOW: Final = (1 << 32) - 1
_WORD: Final = (1 << 64) - 1
_PURE: Final = frozenset({_MOV, _MOV32, _MOV_REGISTER, LDDW})
_FARTHEST: Final = 15_000
"""Instructions; a jump reaches 32,767 slots."""


def shorten(program: Program, base: int | None) -> Program:
    """The program, shorter. `base` is where constants are, if that is known by now.

    Raises LinkError for jumps that leave their function.
    """
    return write(program, shortened(read(program), base))


def shortened(listing: Listing, base: int | None) -> Listing:
    """As shorten(), of what is read already."""
    if base is not None:
        _fix_addresses(listing, base)
    for function in listing.ranges():
        _use_constants(listing, function)
    _drop_unread(listing)
    for op in listing.ops:
        _shorten_load(op)
    for function in listing.ranges():
        _straighten(listing.ops, function)
    return compacted(listing)


def _fix_addresses(listing: Listing, base: int) -> None:
    for op in listing.ops:
        if op.constant is not None:
            op.immediate, op.constant = base + op.constant & _WORD, None


# --- constants


def _signed(value: int) -> int | None:
    """The immediate that extends to the 64 bits of the value, if there is one."""
    extended = (value & _LOW ^ _SIGN) - _SIGN
    return extended if extended & _WORD == value & _WORD else None


def _use_constants(listing: Listing, function: range) -> None:
    """Stores constants as such, where the register that is stored is known to hold one."""
    ops = listing.ops
    entered = _ways_in(ops, function)
    known_at_end = dict[int, dict[int, int]]()
    known = dict[int, int]()
    for number in function:
        if number in entered:
            sources = entered[number]
            known = dict(known_at_end.get(sources[0], {})) if len(sources) == 1 else {}
        op = ops[number]
        _use(op, known)
        _learn(op, known)
        if op.form in JUMPS or number + 1 in entered:
            known_at_end[number] = dict(known)


def _ways_in(ops: list[Op], function: range) -> dict[int, list[int]]:
    """The instructions that are jumped to, and those after jumps: from where control comes."""
    ways = dict[int, list[int]]()
    for number in function:
        op = ops[number]
        if op.form in JUMPS:
            assert op.target is not None
            ways.setdefault(op.target, []).append(number)
        if op.form in JUMPS or op.form is Form.EXIT:
            ways.setdefault(number + 1, [])
    for number, sources in ways.items():
        before = ops[number - 1]
        if number > function.start and before.opcode != JA and before.form is not Form.EXIT:
            sources.append(number - 1)
    if function.start in ways:
        ways[function.start].append(-1)
    return ways


def _use(op: Op, known: dict[int, int]) -> None:
    if op.opcode == _ADD and op.destination in known:
        total = _signed(known[op.destination] + op.immediate)
        if total is not None:
            op.opcode, op.immediate = _MOV, total
        return
    value = known.get(op.source)
    if value is None:
        return
    immediate = _signed(value)
    if op.opcode in _STORE_TO_IMMEDIATE:
        bits = _STORED_BITS[op.opcode]
        if bits < 64:  # noqa: PLR2004 - a whole word must extend to what is stored
            immediate = ((value & (1 << bits) - 1) ^ _SIGN) - _SIGN
        if immediate is not None:
            op.opcode, op.source, op.immediate = _STORE_TO_IMMEDIATE[op.opcode], 0, immediate
    elif op.opcode in {_MOV_REGISTER, _ADD_REGISTER} and immediate is not None:
        op.opcode, op.source, op.immediate = op.opcode & ~_REGISTER_BIT, 0, immediate


def _learn(op: Op, known: dict[int, int]) -> None:
    changed = written(op)
    for register in [r for r in known if changed >> r & 1]:
        del known[register]
    if op.opcode == _MOV or (op.opcode == LDDW and op.constant is None):
        known[op.destination] = op.immediate & _WORD


def _drop_unread(listing: Listing) -> None:
    """Drops what only fills a register that nobody reads."""
    found = True
    while found:
        found = False
        for number, after in enumerate(read_after(listing)):
            op = listing.ops[number]
            if op.opcode in _PURE and not op.dropped and not after >> op.destination & 1:
                op.dropped = found = True


def _shorten_load(op: Op) -> None:
    """A constant that 32 bits can say needs no lddw."""
    if op.opcode != LDDW or op.constant is not None:
        return
    value = op.immediate & _WORD
    immediate = _signed(value)
    if immediate is not None:
        op.opcode, op.immediate = _MOV, immediate
    elif value <= _LOW:
        op.opcode, op.immediate = _MOV32, (value ^ _SIGN) - _SIGN


# --- jumps


def _straighten(ops: list[Op], function: range) -> None:
    jumps = [number for number in function if ops[number].form in JUMPS]
    for number in jumps:
        _follow(ops, ops[number])
    exits = [number for number in function if ops[number].opcode == EXIT]
    reached = Counter(ops[number].target for number in jumps)
    for number in jumps:
        if ops[number].opcode != JA:
            _turn(ops, function, number, exits, reached)
    for number in jumps:
        op = ops[number]
        if op.opcode != JA or op.dropped or op.target is None:
            continue
        if ops[op.target].opcode == EXIT:
            op.opcode, op.offset, op.target = EXIT, 0, None
        elif number != function[-1] and _kept(ops, number + 1) == op.target:
            op.dropped = True


def _kept(ops: list[Op], number: int) -> int:
    """The instruction, or the first after it that is not dropped; a function's last never is."""
    while ops[number].dropped:
        number += 1
    return number


def _follow(ops: list[Op], jump: Op) -> None:
    """Jumps to where a jump that only leads to another jump ends."""
    seen = set[int]()
    while jump.target is not None:
        jump.target = target = _kept(ops, jump.target)
        if ops[target].opcode != JA or target in seen:
            return
        seen.add(target)
        jump.target = ops[target].target


def _turn(
    ops: list[Op], function: range, number: int, exits: list[int], reached: Counter[int | None]
) -> None:
    """`if x: goto A; goto B; A:` is `if not x: goto B; A:`; so with an exit instead of a goto.

    What is left out must not be reached in another way.
    """
    op, second = ops[number], _kept(ops, number + 1)
    other = ops[second]
    if op.opcode & _CONDITION not in _OPPOSITE or reached[second] or other.opcode not in {JA, EXIT}:
        return
    if other is ops[function[-1]] or _kept(ops, second + 1) != op.target:
        return
    target = other.target
    if other.opcode == EXIT:
        # the last exit of all, so that none of the others is needed for this
        target = exits[-1] if second != exits[-1] else None
    if target is None or abs(target - number) > _FARTHEST:
        return
    reached[op.target] -= 1
    reached[target] += 1
    op.opcode = op.opcode & ~_CONDITION | _OPPOSITE[op.opcode & _CONDITION]
    op.target = target
    other.dropped = True
