"""Lists and plain classes of programs, and values taking the type of where they go.

A list knows the kind of its elements once it has gone somewhere where that is declared; from then
on whatever is put into it takes that kind. It stays the same list, whatever its names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final, SupportsIndex, get_type_hints

from seahorse.errors import Fault, FaultError
from seahorse.floats import f64
from seahorse.integers import Integer, common_type
from seahorse.ints import u64
from seahorse.settling import settle

_TOO_FAR: Final = 1 << 63
"""Places in lists are i64."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """What `List[element]` is at run time."""

    element: object


@dataclass(frozen=True, slots=True)
class TupleKind:
    """What `Tuple[…]` is at run time."""

    elements: tuple[object, ...]


class Tuple:
    """`Tuple[A, B]`: values in a row."""

    def __class_getitem__(cls, parameters: object) -> TupleKind:
        return TupleKind(parameters if isinstance(parameters, tuple) else (parameters,))


@dataclass(frozen=True, slots=True)
class OptionKind:
    """What `Option[inner]` is at run time; a value of it is None or one of the inner kind."""

    inner: object


class Option:
    """`Option[T]`: a T, or None."""

    def __class_getitem__(cls, inner: object) -> OptionKind:
        return OptionKind(inner)


def _in_i64(index: SupportsIndex) -> int:
    """The index; Fault.CONVERSION for a u64 that no list is as long as."""
    place = index.__index__()
    if place >= _TOO_FAR:
        raise FaultError(Fault.CONVERSION, f"{place} as an index")
    return place


class List(list):  # type: ignore[type-arg]  # the elements' type is `kind`
    """`List[T]`: any number of values of type T."""

    def __init__(self, elements: Iterable[object] = (), kind: object = None) -> None:
        super().__init__(elements)
        self.kind = kind
        """The kind of the elements; None as long as nothing has declared it."""

    def __class_getitem__(cls, element: object) -> ListKind:  # type: ignore[override]  # no alias
        return ListKind(element)

    def declare(self, kind: object) -> None:
        """The elements take this kind, now and later."""
        self.kind = kind
        for place, value in enumerate(self):
            super().__setitem__(place, settle(kind, value))

    def _settled(self, value: object) -> object:
        return value if self.kind is None else settle(self.kind, value)

    def _place(self, index: SupportsIndex) -> int:
        place = index.__index__()
        if not -len(self) <= place < len(self):
            raise FaultError(Fault.INDEX, f"{place} in a list of {len(self)}")
        return place

    def __getitem__(self, index: SupportsIndex | slice) -> object:  # type: ignore[override]
        if isinstance(index, slice):
            return List(super().__getitem__(index), self.kind)
        return super().__getitem__(self._place(index))

    def __setitem__(self, index: SupportsIndex, value: object) -> None:  # type: ignore[override]
        super().__setitem__(self._place(index), self._settled(value))

    def append(self, value: object, /) -> None:
        """Adds an element at the end."""
        super().append(self._settled(value))

    def insert(self, index: SupportsIndex, value: object, /) -> None:
        """Adds an element before the one at the index."""
        super().insert(_in_i64(index), self._settled(value))

    def extend(self, values: Iterable[object], /) -> None:
        """Adds elements at the end."""
        super().extend([self._settled(value) for value in values])

    def pop(self, index: SupportsIndex = -1, /) -> object:
        """Takes an element out, the last one unless told; Fault.INDEX where there is none."""
        return super().pop(self._place(_in_i64(index)))

    def index(self, value: object) -> u64:  # type: ignore[override]  # a number of the dialect
        """Where the first element is that equals the value; Fault.NO_VALUE where there is none."""
        for place, each in enumerate(self):
            if each == value:
                return u64(place)
        raise FaultError(Fault.NO_VALUE, f"{value} is not in the list")

    def count(self, value: object, /) -> u64:  # type: ignore[override]  # the same
        """How many elements equal the value; a NaN equals none."""
        return u64(sum(each == value for each in self))

    def __contains__(self, value: object) -> bool:
        return any(each == value for each in self)

    def remove(self, value: object, /) -> None:
        """Takes out the first element that equals the value; Fault.NO_VALUE without one."""
        del self[int(self.index(value))]

    def __add__(self, other: list[object]) -> "List":  # type: ignore[override]
        made = List(self, self.kind)
        made.extend(other)
        return made

    def __iadd__(self, other: Iterable[object]) -> "List":
        self.extend(other)
        return self

    def __mul__(self, count: SupportsIndex) -> "List":
        return List(super().__mul__(count), self.kind)

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"[{', '.join(map(str, self))}]"

    __str__ = __repr__


def plain(owner: type) -> type:
    """Makes the fields of a plain class take their declared types."""
    hints: dict[str, object] = {}

    def set_field(instance: object, name: str, value: object) -> None:
        if not hints:
            hints.update(get_type_hints(owner))
        object.__setattr__(instance, name, settle(hints.get(name), value))

    owner.__setattr__ = set_field  # type: ignore[method-assign,assignment]  # the rule of this class
    owner.__seahorse_plain__ = True  # type: ignore[attr-defined]
    return owner


def is_plain(kind: object) -> bool:
    """Whether it is a plain class of a program."""
    return isinstance(kind, type) and "__seahorse_plain__" in vars(kind)


def fields_of(kind: type) -> dict[str, object]:
    """The fields of a plain class and their kinds, in order."""
    hints = get_type_hints(kind)
    return {name: hints[name] for name in vars(kind).get("__annotations__", {})}


class Boxes(List):
    """An Array of what has no fixed size: a list that keeps its length."""

    append = insert = extend = pop = property()


def literal(values: list[object]) -> List:
    """`[a, b, c]`: if any number in it has a type, all have the one in which they meet.

    A list of seeds holds more than numbers, and each keeps its own type.
    """
    typed = [value for value in values if isinstance(value, (Integer, f64))]
    made = List(values)
    if typed and all(isinstance(value, (Integer, f64, int, float)) for value in values):
        made.declare(_meeting(typed))
    return made


def _meeting(typed: list[Integer | f64]) -> type[Integer] | type[f64]:
    if any(isinstance(value, f64) for value in typed):
        return f64
    kinds = [type(value) for value in typed if isinstance(value, Integer)]
    return reduce(lambda one, two: common_type(one(0), two(0)), kinds)
