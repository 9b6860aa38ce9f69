"""Keeps LLVM's code generator from making `uadd.with.overflow` of an addition and its check.

BPF has no carry flag: the overflow would become a 0 or 1 in a register that is tested in turn, 4
instructions instead of one jump. A `freeze` of the sum, or of the operand that is compared, costs
nothing and hides from CodeGenPrepare that the comparison belongs to the addition.
"""

import re
from collections.abc import Iterator

from conting_compiler.llvm.functions import change_functions

_ADD = re.compile(
    r"^  (?P<sum>%\S+) = add (?P<flags>(?:n[us]w )*)i64 (?P<left>\S+), (?P<right>\S+)$"
)
_COMPARE = re.compile(r"^  %\S+ = icmp (?:samesign )?(?:ult|ugt|ule|uge|eq|ne) i64 (\S+), (\S+)$")
_EDGES = {"1": "-1", "-1": "0"}
"""x + 1 and x == -1, x - 1 and x == 0: what LLVM takes for a check of an addition of a constant."""


def hide_carries(text: str) -> str:
    """Optimised LLVM IR, its additions apart from their overflow checks."""
    return change_functions(text, lambda each: "\n".join(_function(each.splitlines())))


def _function(lines: list[str]) -> Iterator[str]:
    compared = {
        frozenset(m.groups())
        for line in lines
        if " = icmp " in line and (m := _COMPARE.match(line))
    }
    for line in lines:
        if " = add " in line and (addition := _ADD.match(line)):
            yield from _addition(addition, compared)
        else:
            yield line


def _addition(match: re.Match[str], compared: set[frozenset[str | None]]) -> Iterator[str]:
    result, left, right = match["sum"], match["left"], match["right"]
    other = f"%.sum.{result[1:]}"
    if frozenset({result, left}) in compared:
        left, right = right, left  # the sum takes the register of the first operand
    if any(frozenset({result, value}) in compared for value in (left, right, "0")):
        yield f"  {other} = add {match['flags']}i64 {left}, {right}"
        yield f"  {result} = freeze i64 {other}"
    elif frozenset({left, _EDGES.get(right)}) in compared:
        yield f"  {other} = freeze i64 {left}"
        yield f"  {result} = add {match['flags']}i64 {other}, {right}"
    else:
        yield match[0]
