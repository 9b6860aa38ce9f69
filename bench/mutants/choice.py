"""Which tests are to notice a mutant, those that will most likely do so first."""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from bench.mutants.edits import NOTHING, Mutant
from bench.mutants.reach import Instruction
from bench.mutants.seen import ACCEPTED, Seen, Sent

MOST: Final = 150
"""Tests of one mutant."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A mutant, and the instructions that it changes."""

    mutant: Mutant
    instructions: frozenset[Instruction]


def choose(
    aim: Aim, seen: Mapping[str, Seen], texts: Mapping[str, str], seconds: float
) -> list[str]:
    """Tests of so many seconds of CPU. `texts`: source of the tests by node id.

    A refusal that may be gone is noticed by who was refused so; anything else by who was let in.
    Those come first who were refused so, or whose source names the field that is changed; then
    those that are quick.
    """
    words = frozenset(_words(aim.mutant))

    def rank(test: Seen) -> tuple[bool, float]:
        near = _names_any(texts.get(test.test, ""), words)
        return not (near or _ends(test, aim) & aim.mutant.errors), test.seconds

    found = sorted((each for each in seen.values() if _concerns(each, aim)), key=rank)
    return list(_within(found, seconds))


def decided(aim: Aim, every: Iterable[Aim], sent: Set[Sent]) -> bool:
    """Whether an assert needs no trial: some instruction is refused so by nothing else, and a test
    was refused so by it.
    """
    if aim.mutant.edits[0].new != NOTHING or not aim.mutant.errors:
        return False
    inside = {id(each) for each in every if _is_within(each.mutant, aim.mutant)}
    others = {
        (*instruction, error)
        for each in every
        if id(each) not in inside and each.mutant.old.startswith("assert ")
        for instruction in each.instructions
        for error in each.mutant.errors
    }
    mine = {(*name, error) for name in aim.instructions for error in aim.mutant.errors}
    return bool((mine & sent) - others)


def _is_within(one: Mutant, other: Mutant) -> bool:
    """The same assert."""
    return one.place == other.place


def _ends(seen: Seen, aim: Aim) -> Set[str]:
    return {error for *name, error in seen.sent if tuple(name) in aim.instructions}


def _concerns(seen: Seen, aim: Aim) -> bool:
    ends = _ends(seen, aim)
    if aim.mutant.edits[0].new == NOTHING and aim.mutant.errors:
        return bool(ends & aim.mutant.errors)
    return ACCEPTED in ends if aim.mutant.kind in ("writes", "inits") else bool(ends)


def _words(mutant: Mutant) -> Iterator[str]:
    """The field that a line stores: `ticket.hops += 1` gives hops."""
    if mutant.kind in ("writes", "arithmetic"):
        target = mutant.old.partition("=")[0].strip(" +-")
        if "(" not in target and "." in target:
            yield target.split(".")[1].partition("[")[0]


def _names_any(text: str, words: frozenset[str]) -> bool:
    return any(word in text for word in words)


def _within(tests: list[Seen], seconds: float) -> Iterator[str]:
    left = seconds
    for each in tests[:MOST]:
        left -= each.seconds
        yield each.test
        if left < 0:
            return
