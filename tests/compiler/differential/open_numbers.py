"""Random arithmetic on numbers that have no type: literals, constants, and choices of them.

Each choice hangs on a condition of its own, so all it may come to is known: only what fits the type
beside it, on every way there, is written.
"""

import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final

CONSTANTS: Final = {"THREE": 3, "DOZEN": 12, "BYTE": 200}
KINDS: Final = {
    f"{sign}{bits}": (0 if sign == "u" else -(2 ** (bits - 1)), 2 ** (bits - (sign == "i")) - 1)
    for sign in "ui"
    for bits in (8, 16, 32, 64, 128)
}
"""The least and the largest number of each type."""
PRIMES: Final = (2, 3, 5, 7, 11, 13)
_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "//": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "**": operator.pow,
}
_SIGNS: Final[dict[str, Callable[[int], int]]] = {"-": operator.neg, "~": operator.invert}
_TRIES: Final = 40


@dataclass(frozen=True)
class Open:
    """An expression without a type, and what it may come to."""

    text: str
    values: frozenset[int]


class OpenWriter:
    """Writes expressions that fit one type."""

    def __init__(self, dice: random.Random, kind: str) -> None:
        self._dice = dice
        self._low, self._high = KINDS[kind]
        self._bits = int(kind[1:])
        self._primes = list(PRIMES)

    def expression(self, depth: int) -> Open:
        """With operators nested so deep at most."""
        for _ in range(_TRIES if depth else 0):
            found = self._try(depth)
            if found is not None:
                return found
        return self._leaf()

    def _try(self, depth: int) -> Open | None:
        roll = self._dice.random()
        if roll < 0.4 and self._primes:
            prime = self._primes.pop(self._dice.randrange(len(self._primes)))
            left, right = (self.expression(depth - 1) for _ in range(2))
            text = f"({left.text} if a % {prime} < {self._dice.randint(1, prime - 1)}"
            return Open(f"{text} else {right.text})", left.values | right.values)
        if roll < 0.5:
            return self._sign(self.expression(depth - 1))
        return self._pair(*(self.expression(depth - 1) for _ in range(2)))

    def _sign(self, of: Open) -> Open | None:
        sign = self._dice.choice(list(_SIGNS) if self._low else ["~"])
        compute = _SIGNS[sign]
        return self._fitting(f"({sign}{of.text})", frozenset(compute(each) for each in of.values))

    def _pair(self, left: Open, right: Open) -> Open | None:
        sign = self._dice.choice(list(_OPERATORS))
        amounts = right.values
        if sign in {"//", "%"} and 0 in amounts:
            return None
        if sign in {"<<", ">>"} and not all(0 <= each < self._bits for each in amounts):
            return None
        if sign == "**" and (len(amounts) > 1 or not 0 <= min(amounts) <= 8 or "if" in right.text):
            return None
        compute = _OPERATORS[sign]
        values = frozenset(compute(*each) for each in product(left.values, amounts))
        return self._fitting(f"({left.text} {sign} {right.text})", values)

    def _fitting(self, text: str, values: frozenset[int]) -> Open | None:
        fits = self._low <= min(values) and max(values) <= self._high and len(values) <= 200
        return Open(text, values) if fits else None

    def _leaf(self) -> Open:
        dice = self._dice
        name = dice.choice(list(CONSTANTS))
        if dice.random() < 0.3 and CONSTANTS[name] <= self._high:
            return Open(name, frozenset({CONSTANTS[name]}))
        edge = [0, 1, 2, 3, 7, self._bits - 1, self._high, self._high // 2]
        value = dice.choice(edge) if dice.random() < 0.7 else dice.randint(0, self._high)
        return Open(str(value), frozenset({value}))


def write(dice: random.Random, instructions: int) -> tuple[str, list[str]]:
    """A program with so many instructions `of_N(out, a: u64, x: KIND)`, and their kinds."""
    parts = ["\n".join(f"{name} = {value}" for name, value in CONSTANTS.items())]
    parts.append("\n\n\nclass Out(Account):\n    value: u64\n")
    kinds = [dice.choice(list(KINDS)) for _ in range(instructions)]
    for number, kind in enumerate(kinds):
        lines = "\n".join(f"    {_line(dice, kind)}" for _ in range(3))
        parts.append(f"\n\n@instruction\ndef of_{number}(out: Out, a: u64, x: {kind}):\n{lines}\n")
    return "".join(parts), kinds


def _line(dice: random.Random, kind: str) -> str:
    found = OpenWriter(dice, kind).expression(dice.randint(1, 4))
    signs = ["+", "-", "*", "&", "|", "^", "==", "<", ">="]
    divisions = [] if 0 in found.values else ["//", "%"]
    sign = dice.choice([*signs, *divisions])
    match dice.randrange(4):
        case 0:
            changes = dice.choice([*"+-*^", *divisions])
            return f"x {changes}= {found.text}; print(x)"
        case 1:
            return f"print(min(x, {found.text}), [x, {found.text}][1])"
        case 2 if sign not in {"//", "%"}:
            return f"print({found.text} {sign} x)"
    return f"print(x {sign} {found.text})"
