"""A program's enums."""

import enum


class Enum(enum.Enum):
    """Base of a program's enums: a u8 on chain, numbered in the order of declaration."""

    @property
    def number(self) -> int:
        """The place among the members, from 0."""
        return list(type(self)).index(self)
