"""`f64`: a Python float that refuses what the chain refuses; all else is IEEE 754, as Python's."""

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Self, TypeAlias, cast

from seahorse import integers
from seahorse.errors import Fault, FaultError
from seahorse.integers import Integer, OpenPower, is_number
from seahorse.ints import i64, i128
from seahorse.powers import power

_Operand: TypeAlias = "float | Integer"
_Operation = Callable[[float, float], float]
_WIDEST: Final = 256
"""The largest exponent that is tried: the power of 2 already fits no type."""


class f64(float):
    """IEEE 754 binary64. A division by zero is Fault.DIVISION_BY_ZERO."""

    def __new__(cls, value: object = 0.0, /) -> Self:
        """The nearest float to a number; Fault.OVERFLOW beyond the greatest."""
        if not is_number(value):
            raise TypeError(f"f64(…) converts numbers, not {type(value).__name__}")
        try:
            return float.__new__(cls, cast("float", value))
        except OverflowError:
            raise FaultError(Fault.OVERFLOW, "this number fits no f64") from None

    if TYPE_CHECKING:  # what _install adds

        def __add__(self, other: _Operand, /) -> "f64": ...

        def __radd__(self, other: _Operand, /) -> "f64": ...

        def __sub__(self, other: _Operand, /) -> "f64": ...

        def __rsub__(self, other: _Operand, /) -> "f64": ...

        def __mul__(self, other: _Operand, /) -> "f64": ...

        def __rmul__(self, other: _Operand, /) -> "f64": ...

        def __truediv__(self, other: _Operand, /) -> "f64": ...

        def __rtruediv__(self, other: _Operand, /) -> "f64": ...

        def __floordiv__(self, other: _Operand, /) -> "f64": ...

        def __rfloordiv__(self, other: _Operand, /) -> "f64": ...

        def __mod__(self, other: _Operand, /) -> "f64": ...

        def __rmod__(self, other: _Operand, /) -> "f64": ...

        def __pow__(self, other: _Operand, /) -> "f64": ...  # type: ignore[override]

        def __rpow__(self, other: _Operand, /) -> "f64": ...  # type: ignore[override]

    def __neg__(self) -> "f64":
        return f64(-float(self))

    def __pos__(self) -> "f64":
        return self

    def __abs__(self) -> "f64":
        return f64(abs(float(self)))

    def __round__(self, digits: None = None) -> i128:  # type: ignore[override]  # i128, as upstream
        """To the nearest integer, ties to even; Fault.CONVERSION where that is no i128."""
        if digits is not None:
            raise TypeError("round(…) takes one number")
        return _integral(self, round)

    def __floor__(self) -> i128:  # type: ignore[override]  # the same
        return _integral(self, math.floor)

    def __ceil__(self) -> i128:  # type: ignore[override]  # the same
        return _integral(self, math.ceil)

    def __repr__(self) -> str:
        return f"f64({float(self)!r})"

    def __str__(self) -> str:
        return float.__repr__(self)

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else str(self)

    def __hash__(self) -> int:
        return float.__hash__(self)


def _integral(value: float, rounded: Callable[[float], int]) -> i128:
    if not math.isfinite(value):
        raise FaultError(Fault.CONVERSION, f"{float(value)} is no integer")
    return i128(rounded(float(value)))


def _divisor(value: float) -> float:
    if value == 0:
        raise FaultError(Fault.DIVISION_BY_ZERO)
    return value


OPERATIONS: Final[dict[str, _Operation]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / _divisor(b),
    "floordiv": lambda a, b: a // _divisor(b),
    "mod": lambda a, b: a % _divisor(b),
    "pow": power,
}


def calculate(operation: _Operation, left: object, right: object) -> f64:
    """`left operation right` on numbers as floats."""
    for each in (left, right):
        if not is_number(each):
            raise TypeError(f"floats do not mix with {type(each).__name__}")
    if operation is power and isinstance(right, int):
        return f64(power(float(f64(left)), int(right)))
    return f64(operation(float(f64(left)), float(f64(right))))


def _forward(operation: _Operation) -> Callable[[f64, object], f64]:
    return lambda self, other: calculate(operation, self, other)


def _reflected(operation: _Operation) -> Callable[[f64, object], f64]:
    return lambda self, other: calculate(operation, other, self)


def ratio(left: Integer, right: object) -> f64:
    """`left / right`: of integers the exact quotient, rounded once."""
    if isinstance(right, float):
        return calculate(OPERATIONS["truediv"], left, right)
    return f64(int(left) / _integer_divisor(right))


def reflected_ratio(right: Integer, left: object) -> f64:
    """`left / right` where right has the method."""
    if isinstance(left, float):
        return calculate(OPERATIONS["truediv"], left, right)
    if isinstance(left, bool) or not isinstance(left, int):
        raise TypeError(f"integers do not mix with {type(left).__name__}")
    return f64(int(left) / _integer_divisor(right))


def _integer_divisor(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"integers do not mix with {type(value).__name__}")
    if value == 0:
        raise FaultError(Fault.DIVISION_BY_ZERO)
    return int(value)


def floor(value: float) -> i128:
    """The greatest integer that is not above the number."""
    return _integral(value, math.floor) if isinstance(value, float) else i128(value)


def ceil(value: float) -> i128:
    """The least integer that is not below the number."""
    return _integral(value, math.ceil) if isinstance(value, float) else i128(value)


def _integer_power(base: Integer, exponent: object) -> object:
    """`base ** exponent` in the base's type; a float where the exponent is a negative number."""
    if isinstance(exponent, float) or (type(exponent) is int and exponent < 0):
        return calculate(power, base, exponent)
    return base.checked(_known_power(int(base), exponent), Fault.OVERFLOW)


def _known_power(base: int, exponent: object) -> int:
    if isinstance(exponent, bool) or not isinstance(exponent, int) or int(exponent) < 0:
        raise TypeError(f"{exponent!r} is no exponent of an integer")
    if abs(base) <= 1:
        return int(base ** (int(exponent) % 2 if base else min(int(exponent), 1)))
    if int(exponent) > _WIDEST:
        raise FaultError(Fault.OVERFLOW, f"{base} ** {int(exponent)}")
    return int(base ** int(exponent))


def _power_of_plain(exponent: Integer, base: object) -> object:
    """`base ** exponent` of a base without a type."""
    if isinstance(base, float):
        return calculate(power, base, exponent)
    if type(base) is not int:
        raise TypeError(f"integers do not mix with {type(base).__name__}")
    return OpenPower(_known_power(base, exponent))


def _settled(value: OpenPower, other: object) -> object:
    """A power of a number without a type, as the type of the other operand."""
    if isinstance(other, float):
        return f64(value)
    return type(other)(value) if isinstance(other, Integer) else i64(value)


def _open_forward(name: str) -> Callable[[OpenPower, object], object]:
    operation = getattr(operator, name)
    return lambda self, other: operation(_settled(self, other), other)


def _open_reflected(name: str) -> Callable[[OpenPower, object], object]:
    operation = getattr(operator, name)
    return lambda self, other: operation(other, _settled(self, other))


def _open_comparison(name: str) -> Callable[[OpenPower, object], object]:
    operation = getattr(operator, name)

    def method(self: OpenPower, other: object) -> object:
        kind = type(other) if isinstance(other, Integer) else i64
        return operation(kind(self), other)

    return method


_COMPARISONS: Final = ("eq", "ne", "lt", "le", "gt", "ge")


def _install() -> None:
    for name, operation in OPERATIONS.items():
        setattr(f64, f"__{name}__", _forward(operation))
        setattr(f64, f"__r{name}__", _reflected(operation))
    for name in ("truediv", "pow", *integers.OPERATIONS):
        dunder = f"{name}_" if name in {"and", "or"} else name
        setattr(OpenPower, f"__{name}__", _open_forward(dunder))
        setattr(OpenPower, f"__r{name}__", _open_reflected(dunder))
    for name in _COMPARISONS:
        setattr(OpenPower, f"__{name}__", _open_comparison(name))
    OpenPower.__neg__ = lambda self: -i64(self)  # type: ignore[method-assign,assignment,return-value]  # alone, it is an i64
    OpenPower.__hash__ = int.__hash__  # type: ignore[method-assign]  # as before its comparisons
    for name, method in _OF_INTEGERS.items():
        setattr(Integer, f"__{name}__", method)


_OF_INTEGERS: Final[dict[str, Callable[..., object]]] = {
    "truediv": ratio,
    "rtruediv": reflected_ratio,
    "pow": _integer_power,
    "rpow": _power_of_plain,
    "round": lambda value, _digits=None: i128(int(value)),
}
"""Methods of integers that give floats; they come after both."""


_install()
