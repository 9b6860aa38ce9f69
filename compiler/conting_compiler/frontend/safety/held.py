"""What certainly holds where something is done: facts of checks that lie on every path to it.

A check holds in its block and everything inside, also for what came before it: where it refuses,
nothing has happened. Behind a statement that may leave, a new frame begins, which what came before
does not see.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Final

from conting_compiler.frontend.safety.sources import Binding, Sources
from conting_compiler.ir.typesystem import Type

_MOST: Final = 32
"""Alternatives that are looked at; of more, none is known to hold."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values that are equal, where it is a proof; else two values that are compared."""

    left: Sources
    right: Sources
    type: Type
    is_proof: bool = True
    """Whether it ties the accounts, and does not only look so."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature over data of these accounts is there."""

    accounts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several sets of facts holds."""

    sides: "tuple[Held, ...]"


Fact = Comparison | Proof | Either
Held = tuple[Fact, ...]
"""All of it holds."""


@dataclass(slots=True)
class Frame:
    """What is known in one block, or behind a statement of it that may have left."""

    outer: "Frame | None" = None
    own: list[Fact] = field(default_factory=list)

    def since(self, start: "Frame | None") -> Held:
        """What holds there and is not known outside of the frame `start`, which is around it."""
        found: list[list[Fact]] = []
        frame: Frame | None = self
        end = None if start is None else start.outer
        while frame is not None and frame is not end:
            found.append(frame.own)
            frame = frame.outer
        return tuple(fact for own in reversed(found) for fact in own)

    def all(self) -> Held:
        """What holds there, by now."""
        return self.since(None)


def one_of(sides: Sequence[Held | None]) -> Held:
    """What holds where one of several sets of facts does; None is one that cannot be."""
    possible = list(dict.fromkeys(side for side in sides if side is not None))
    if len(possible) == 1:
        return possible[0]
    if not possible or not all(possible) or sum(map(_ways, possible)) > _MOST:
        return ()
    return (Either(tuple(possible)),)


def _ways(held: Held) -> int:
    """In how many ways the facts can hold."""
    return prod(sum(map(_ways, each.sides)) for each in held if isinstance(each, Either))


def alternatives(held: Held) -> Iterator[Held]:
    """All ways in which the facts can hold, each without alternatives inside."""
    plain = tuple(each for each in held if not isinstance(each, Either))
    choices = [_sides(each) for each in held if isinstance(each, Either)]
    count = 1
    taken: list[list[Held]] = []
    for sides in choices:
        count *= len(sides)
        if count <= _MOST:
            taken.append(sides)
    for chosen in product(*taken):
        yield (*plain, *(fact for side in chosen for fact in side))


def _sides(fact: Either) -> list[Held]:
    return [each for side in fact.sides for each in alternatives(side)]


def translate(held: Held, binding: Binding) -> Held:
    """The facts of a called function in terms of its caller."""
    return tuple(_translated(each, binding) for each in held)


def _translated(fact: Fact, binding: Binding) -> Fact:
    match fact:
        case Comparison(left=left, right=right):
            return replace(fact, left=binding.of(left), right=binding.of(right))
        case Proof(accounts=accounts):
            return Proof(binding.of_accounts(accounts))
        case Either(sides=sides):
            return Either(tuple(translate(side, binding) for side in sides))
