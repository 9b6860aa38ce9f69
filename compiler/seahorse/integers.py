"""Checked fixed-width integers at run time. `ints` names the types; `ints.pyi` types them.

A result that does not fit its type is Fault.OVERFLOW; nothing wraps. `//` and `%` floor. Two widths
mix only where every value of one fits the other; a plain int takes the type of the other operand.
"""

import math
import operator
from collections.abc import Callable
from typing import ClassVar, Final, Self, cast

from seahorse.errors import Fault, FaultError

_Operation = Callable[[int, int], int]


def is_number(value: object) -> bool:
    """Whether it is an int or a float, and no bool."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


class OpenPower(int):
    """A power of a number without a type: it takes the type of where it goes, checked there."""


class Integer(int):
    """Base of u8 … i128."""

    BITS: ClassVar[int] = 0
    SIGNED: ClassVar[bool] = False
    LOW: ClassVar[int] = 0
    HIGH: ClassVar[int] = 0

    def __init_subclass__(cls, *, bits: int, signed: bool) -> None:
        cls.BITS, cls.SIGNED = bits, signed
        cls.LOW = -(1 << (bits - 1)) if signed else 0
        cls.HIGH = (1 << (bits - signed)) - 1

    def __new__(cls, value: object = 0, /) -> Self:
        """Converts, a float towards zero; a value that does not fit is Fault.CONVERSION."""
        if not is_number(value):
            raise TypeError(f"{cls.__name__}(…) converts numbers, not {type(value).__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise FaultError(Fault.CONVERSION, f"{float(value)} does not fit {cls.__name__}")
        fault = Fault.OVERFLOW if isinstance(value, OpenPower) else Fault.CONVERSION
        return cls.checked(int(cast("float", value)), fault)

    @classmethod
    def checked(cls, value: int, fault: Fault) -> Self:
        """The value in this type, or `fault` where it does not fit."""
        if not cls.LOW <= value <= cls.HIGH:
            raise FaultError(fault, f"{value} does not fit {cls.__name__}")
        return int.__new__(cls, value)

    def __abs__(self) -> Self:
        return self.checked(abs(int(self)), Fault.OVERFLOW)

    def __neg__(self) -> Self:
        return self.checked(-int(self), Fault.OVERFLOW)

    def __pos__(self) -> Self:
        return self

    def __invert__(self) -> Self:
        return self.checked(~int(self), Fault.OVERFLOW)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"

    def __str__(self) -> str:
        return int.__repr__(self)

    def __hash__(self) -> int:
        return int.__hash__(self)


def widens(narrow: type[Integer], wide: type[Integer]) -> bool:
    """Whether every value of `narrow` is one of `wide`, another type."""
    if narrow.SIGNED and not wide.SIGNED:
        return False
    return narrow.BITS < wide.BITS


def common_type(left: object, right: object) -> type[Integer]:
    """The type in which two operands meet, of which one at least is typed.

    Raises TypeError where neither type holds all values of the other, and for a bool or a float.
    """
    for each in (left, right):
        if not isinstance(each, (Integer, OpenPower)) and type(each) is not int:
            raise TypeError(f"integers do not mix with {type(each).__name__}")
    kinds = [type(each) for each in (left, right) if isinstance(each, Integer)]
    if len(kinds) == 1 or kinds[0] is kinds[1] or widens(kinds[1], kinds[0]):
        return kinds[0]
    if widens(kinds[0], kinds[1]):
        return kinds[1]
    names = f"{kinds[0].__name__} and {kinds[1].__name__}"
    raise TypeError(f"{names} do not mix: convert one of them, as in '{kinds[0].__name__}(x)'")


def _fitting(value: object, kind: type[Integer]) -> int:
    if isinstance(value, OpenPower):
        return int(kind.checked(int(value), Fault.OVERFLOW))
    if not isinstance(value, int) or not kind.LOW <= int(value) <= kind.HIGH:
        raise TypeError(f"{value} does not fit {kind.__name__}")
    return int(value)


def calculate(operation: _Operation, left: object, right: object) -> Integer:
    """`left operation right` in the type in which they meet, checked."""
    kind = common_type(left, right)
    return kind.checked(operation(_fitting(left, kind), _fitting(right, kind)), Fault.OVERFLOW)


def _divisor(value: int) -> int:
    if value == 0:
        raise FaultError(Fault.DIVISION_BY_ZERO)
    return value


def _floor_div(left: int, right: int) -> int:
    return left // _divisor(right)


def _mod(left: int, right: int) -> int:
    return left % _divisor(right)


_WIDEST: Final = 128


def _count(value: int) -> int:
    if value < 0:
        raise FaultError(Fault.OVERFLOW, "a negative number of places to shift")
    return min(value, _WIDEST)  # more places change nothing, and Python would build the number


def _shift_left(left: int, right: int) -> int:
    return left << _count(right)


def _shift_right(left: int, right: int) -> int:
    return left >> _count(right)


OPERATIONS: Final[dict[str, _Operation]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "floordiv": _floor_div,
    "mod": _mod,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "lshift": _shift_left,
    "rshift": _shift_right,
}

_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}

_REFUSED: Final = {
    "divmod": "use '//' and '%'",
}


def _forward(operation: _Operation) -> Callable[[Integer, object], object]:
    def method(self: Integer, other: object) -> object:
        return NotImplemented if isinstance(other, float) else calculate(operation, self, other)

    return method


def _reflected(operation: _Operation) -> Callable[[Integer, object], object]:
    def method(self: Integer, other: object) -> object:
        return NotImplemented if isinstance(other, float) else calculate(operation, other, self)

    return method


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Integer, object], object]:
    def method(self: Integer, other: object) -> object:
        if not isinstance(other, (int, float)):
            return NotImplemented
        if isinstance(other, float):
            return compare(int(self), float(other))
        kind = common_type(self, other)
        return compare(int(self), kind(other) if isinstance(other, OpenPower) else int(other))

    return method


def _refusal(message: str) -> Callable[..., object]:
    def method(*_operands: object) -> object:
        raise TypeError(message)

    return method


def _install() -> None:
    for name, operation in OPERATIONS.items():
        setattr(Integer, f"__{name}__", _forward(operation))
        setattr(Integer, f"__r{name}__", _reflected(operation))
    for name, compare in _COMPARISONS.items():
        setattr(Integer, f"__{name}__", _comparison(compare))
    for name, message in _REFUSED.items():
        setattr(Integer, f"__{name}__", _refusal(message))
        setattr(Integer, f"__r{name}__", _refusal(message))


_install()
