"""Puts the operand first that an operation may overwrite.

SBPF operations have two registers, and the result takes the place of the first operand. LLVM's code
generator never swaps the operands of BPF's; where the first one is used again, it copies it.
"""

import re
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial

from conting_compiler.llvm.functions import change_functions

_VALUE = re.compile(r"%[-\w.$]+")
_OPERATION = re.compile(
    r"^  (?P<result>%\S+) = (?P<op>add|mul|and|or|xor) (?:(?:n[us]w|disjoint) )*i64 "
    r"(?P<left>%[-\w.$]+), (?P<right>%[-\w.$]+)$",
    re.MULTILINE,
)
_MOVED = re.compile(
    r"^  (?P<result>%\S+) = add (?:n[us]w )*i64 (?P<base>%[-\w.$]+), (?P<distance>-?\d+)$",
    re.MULTILINE,
)
_BLOCK = re.compile(r"^(?:(?P<label>[-\w.$]+):.*\n)?(?P<body>(?:  .*\n|\n)+)", re.MULTILINE)
_TARGET = re.compile(r"\blabel %([-\w.$]+)")
_DERIVED = re.compile(
    r"^  (%[-\w.$]+) = (?:inttoptr i64 (%[-\w.$]+) to ptr"
    r"|getelementptr (?:\w+ )*i8, ptr (%[-\w.$]+), i64 -?\d+"
    r"|add (?:n[us]w )*i64 (%[-\w.$]+), -?\d+)$",
    re.MULTILINE,
)
"""What needs no register of its own: an address that is another one plus a constant."""
_PHI = re.compile(r"^  %\S+ = phi .*\n", re.MULTILINE)
_WAY = re.compile(r"\[ (%[-\w.$]+), %([-\w.$]+) \]")
_ONCE = 2
"""How often a value stands in a function that is used once: where it is made, where it is used."""

_FAR = 100
"""How many blocks ahead a use is looked for: all of them for each operation takes too long."""


@dataclass(frozen=True, slots=True)
class _Blocks:
    """The blocks of a function by their ends in its text, in order."""

    text: str
    ends: list[int]
    labels: list[str]
    targets: dict[str, list[str]]
    bodies: dict[str, str]
    brought: dict[str, set[str]]
    """What each block brings to the phis after it."""
    roots: dict[str, str]
    """Of each value that another one plus a constant is, that other one."""
    values: dict[str, set[str]] = field(default_factory=dict)
    """What each block uses, without its phis; of those that were asked for."""

    @classmethod
    def of(cls, function: str) -> "_Blocks":
        """Reads them."""
        found = list(_BLOCK.finditer(function))
        labels = [match["label"] or "" for match in found]
        bodies = dict(zip(labels, (match["body"] for match in found), strict=True))
        roots = _roots(function)
        brought = {label: set[str]() for label in labels}
        for value, source in _WAY.findall(function):
            brought.setdefault(source, set()).add(roots.get(value, value))
        targets = {label: _TARGET.findall(body) for label, body in bodies.items()}
        return cls(
            function, [match.end() for match in found], labels, targets, bodies, brought, roots
        )

    def lives_on(self, value: str, position: int) -> bool:
        """Whether the value is used after the position, or may be: some way there is enough."""
        index, value = bisect_right(self.ends, position), self.roots.get(value, value)
        label = self.labels[index]
        rest = _VALUE.findall(self.text[position : self.ends[index]])
        if value in self.brought[label] or value in (self.roots.get(each, each) for each in rest):
            return True
        reached, waiting = set[str](), [*self.targets[label]]
        while waiting and len(reached) < _FAR:
            label = waiting.pop()
            if label in reached:
                continue
            if value in self._used(label) or value in self.brought.get(label, ()):
                return True
            reached.add(label)
            waiting += self.targets.get(label, [])
        return False

    def _used(self, label: str) -> set[str]:
        if label not in self.values:
            found = _VALUE.findall(_PHI.sub("", self.bodies.get(label, "")))
            self.values[label] = {self.roots.get(value, value) for value in found}
        return self.values[label]


def _roots(function: str) -> dict[str, str]:
    roots = dict[str, str]()
    for made, *bases in _DERIVED.findall(function):
        base = "".join(bases)
        roots[made] = roots.get(base, base)
    return roots


def order_operands(text: str) -> str:
    """Optimised LLVM IR, operands of commutative operations swapped where that saves a copy.

    Of `(x + 8) + y` the code generator makes `(x + y) + 8`, x first; so that is done here before.
    """
    return change_functions(text, _order)


def _order(function: str) -> str:
    if _OPERATION.search(function) is None:
        return function
    counts = Counter(_VALUE.findall(function))
    moved = {match["result"]: match for match in _MOVED.finditer(function)}
    blocks = cache(partial(_Blocks.of, function))

    def swap(match: re.Match[str]) -> str:
        result, op, left, right = match.groups()
        if counts[right] != _ONCE or right in moved:
            return match[0]
        if counts[left] > _ONCE and blocks().lives_on(left, match.end()):
            return f"  {result} = {op} i64 {right}, {left}"
        sum_ = moved.get(left)
        if op == "add" and sum_ is not None and blocks().lives_on(sum_["base"], match.end()):
            inner = f"%.inner.{result[1:]}"
            return (
                f"  {inner} = add i64 {right}, {sum_['base']}\n"
                f"  {result} = add i64 {inner}, {sum_['distance']}"
            )
        return match[0]

    return _OPERATION.sub(swap, function)
