"""A value takes the kind of where it goes; the modules that have the kinds add the rules."""

from collections.abc import Callable
from typing import Final

Rule = Callable[[object, object], object]
RULES: Final[list[Rule]] = []
"""Each gives the value as the kind, or NOT_MINE."""
NOT_MINE: Final = object()


def settle(kind: object, value: object) -> object:
    """The value as one of the kind; as it is where no rule knows the kind."""
    for rule in RULES:
        found = rule(kind, value)
        if found is not NOT_MINE:
            return found
    return value
