"""Chance for the property tests."""

import random
from collections.abc import Sequence

from hypothesis import strategies as st


class Dice:
    """One drawn number as many small ones, all equally likely: Hypothesis prefers small numbers."""

    def __init__(self, number: int) -> None:
        self.number = number
        self._random = random.Random(number)

    def __repr__(self) -> str:
        return f"Dice({self.number})"

    def below(self, sides: int) -> int:
        """From 0 to sides - 1."""
        return self._random.randrange(sides)

    def once_in(self, times: int) -> bool:
        """True about so often."""
        return self.below(times) == 0

    def name(self, choices: Sequence[str]) -> str:
        """One of them."""
        return self._random.choice(choices)

    def some(self, choices: Sequence[int], count: int) -> list[int]:
        """So many of them, none twice."""
        return self._random.sample(choices, count)

    def of(self, choices: Sequence[int], otherwise: int) -> int:
        """One of them; `otherwise` if there are none."""
        return self._random.choice(choices) if choices else otherwise


dice = st.integers(0, 2**32 - 1).map(Dice)
"""As a strategy."""
