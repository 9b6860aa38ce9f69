"""Makes functions of instructions that stand in several places, in the same order, of a program.

A call costs two compute units and the machine keeps r6 to r9 by itself, so that a row of
instructions can be called wherever it neither jumps nor leaves, writes none of these registers and
does not need the frame, which is the caller's. What it leaves in r0 to r5 is there after the call.
"""

import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conting_compiler.link.instructions import CALL, EXIT, FRAME_POINTER, JUMPS, SIZE, SOURCE_LOCAL
from conting_compiler.link.listing import Listing, Op
from conting_compiler.link.liveness import used, written

_KEPT: Final = 0b1111 << 6
"""r6 to r9, as a set of registers: those that a call gives back as they were."""
_LONGEST: Final = 12
"""Instructions of a row."""
_LEAST: Final = 16
"""Bytes that a function has to save: each run of it costs two compute units."""
_Row = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The instructions as numbers, equal ones the same; 0 for what cannot be in a row."""

    kinds: Sequence[int]
    sizes: Sequence[int]
    entered: frozenset[int]
    """Instructions that are jumped to or begin a function: only the first of a row may be one."""

    @classmethod
    def of(cls, listing: Listing) -> "_Rows":
        """Those of a listing in which nothing is dropped."""
        known = dict[tuple[object, ...], int]()
        kinds = [
            known.setdefault(_content(op), len(known) + 1) if _may_move(op) else 0
            for op in listing.ops
        ]
        targets = (op.target for op in listing.ops if op.form in JUMPS and op.target is not None)
        return cls(
            kinds, [op.size for op in listing.ops], frozenset([*targets, *listing.functions])
        )

    def places(self) -> dict[_Row, list[int]]:
        """The rows that stand in more than one place, and where each begins."""
        times = Counter(self.kinds)
        usable = [kind if times[kind] > 1 else 0 for kind in self.kinds]
        found = dict[_Row, list[int]]()
        for start in range(len(usable)):
            for end in range(start + 1, min(start + _LONGEST, len(usable)) + 1):
                if not usable[end - 1] or (end - 1 > start and end - 1 in self.entered):
                    break
                if end - start > 1:
                    found.setdefault(tuple(usable[start:end]), []).append(start)
        return {row: starts for row, starts in found.items() if len(starts) > 1}

    def saved(self, start: int, length: int, times: int) -> int:
        """Bytes that a function for so many of these rows saves."""
        size = sum(self.sizes[start : start + length])
        return times * (size - SIZE) - (size + SIZE)


def outline(listing: Listing) -> Listing:
    """The listing with functions for its rows; one in which nothing is dropped."""
    rows = _Rows.of(listing)
    places = rows.places()
    waiting = [
        (-rows.saved(starts[0], len(row), len(starts)), row) for row, starts in places.items()
    ]
    heapq.heapify(waiting)
    taken, chosen = bytearray(len(listing.ops)), list[tuple[list[int], int]]()
    while waiting and -waiting[0][0] >= _LEAST:
        expected, row = heapq.heappop(waiting)
        starts = _free(places[row], len(row), taken)
        saved = rows.saved(starts[0], len(row), len(starts)) if starts else 0
        if -saved != expected:
            heapq.heappush(waiting, (-saved, row))
            continue
        chosen.append((starts, len(row)))
        for start in starts:
            taken[start : start + len(row)] = bytes([1]) * len(row)
    return _with_functions(listing, chosen)


def _content(op: Op) -> tuple[object, ...]:
    distance = op.immediate if op.target is None else op.target
    return (op.opcode, op.destination, op.source, op.offset, distance, op.constant, op.syscall)


def _may_move(op: Op) -> bool:
    if op.form in JUMPS or op.opcode == EXIT:
        return False
    return not (written(op) & _KEPT or used(op) >> FRAME_POINTER & 1)


def _free(starts: Iterable[int], length: int, taken: bytearray) -> list[int]:
    """The places where nothing is taken yet, and that do not overlap."""
    found, end = list[int](), 0
    for start in starts:
        if start >= end and not any(taken[start : start + length]):
            found.append(start)
            end = start + length
    return found


def _with_functions(listing: Listing, chosen: Sequence[tuple[list[int], int]]) -> Listing:
    ops, functions = list(listing.ops), dict(listing.functions)
    for number, (starts, length) in enumerate(chosen):
        first, body = len(ops), ops[starts[0] : starts[0] + length]
        functions[first] = f"shared.{number}"
        ops += [*(_copy(op) for op in body), Op(EXIT, 0, 0, 0, 0)]
        for start in starts:
            for op in ops[start : start + length]:
                op.dropped = True
            ops[start] = Op(CALL, 0, SOURCE_LOCAL, 0, 0, target=first)
    return Listing(ops, functions, listing.entry)


def _copy(op: Op) -> Op:
    content = (op.opcode, op.destination, op.source, op.offset, op.immediate)
    return Op(*content, op.target, op.constant, op.syscall)
