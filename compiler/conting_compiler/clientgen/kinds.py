"""The types of an IDL, as far as clients can have them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plain:
    """An integer, bool, pubkey, string or bytes, by its IDL name."""

    name: str


@dataclass(frozen=True, slots=True)
class EnumRef:
    """A fieldless enum of the program, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """A fixed number of elements."""

    element: "Kind"
    length: int


@dataclass(frozen=True, slots=True)
class ListOf:
    """Any number of elements."""

    element: "Kind"


@dataclass(frozen=True, slots=True)
class OptionOf:
    """A value or none."""

    inner: "Kind"


@dataclass(frozen=True, slots=True)
class StructRef:
    """A struct of the program that is no account, by its name."""

    name: str


Kind = Plain | EnumRef | ArrayOf | ListOf | OptionOf | StructRef
