"""The rules by which a value takes the type of where it goes; `loading` puts them into programs."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from typing import Final, cast

from seahorse.adopting import adopt, adopt_float
from seahorse.containers import (
    List,
    ListKind,
    OptionKind,
    TupleKind,
    literal,
    plain,
)
from seahorse.errors import Fault, FaultError
from seahorse.expression_types import (
    ALONE,
    BYTE,
    LENGTH,
    Names,
    Number,
    Scope,
    common,
    kind_of,
    kind_of_value,
    meeting,
    parsed,
    type_of,
    typed_len,
)
from seahorse.floats import f64
from seahorse.integers import Integer, OpenPower, common_type
from seahorse.meetings import Firsts
from seahorse.settling import settle
from seahorse.values import ArrayKind

RULES: Final = (literal, plain, typed_len, Firsts, f64)
"""What programs use as well."""


def as_declared(value: object, kind: object) -> object:
    """A number or list as the declared type; any other value as it is."""
    if not isinstance(kind, type):
        return settle(kind, value)
    if isinstance(kind, type) and issubclass(kind, (Integer, f64)):
        return adopt_number(kind, value)
    return value


def adopt_number(kind: Number, value: object) -> object:
    """The value as a number of the type; TypeError where it does not become one by itself."""
    return adopt(kind, value) if issubclass(kind, Integer) else adopt_float(value)


def as_alone(value: object) -> object:
    """What a variable begins with: a plain int is an i64, so are those of a list or tuple."""
    if isinstance(value, tuple):
        return tuple(as_alone(each) for each in value)
    if isinstance(value, List) and value.kind is None and len(value):
        for place, each in enumerate(value):
            list.__setitem__(value, place, as_alone(each))
        value.kind = kind_of_value(value[0])
    return adopt(ALONE, value) if type(value) in {int, OpenPower} else value


def added(left: object, right: object) -> object:
    """`left += right`: a list is changed itself."""
    if isinstance(left, List):
        left.extend(cast("list[object]", right))
        return left
    return cast("int", left) + cast("int", right)


def list_of(values: Iterable[object]) -> List:
    """`list(x)`, and what a comprehension gives."""
    made = List(cast("Iterable[object]", over(values)))
    if len(made) and not isinstance(made[0], (int, tuple)):
        made.kind = kind_of_value(made[0])
    elif len(made) and isinstance(made[0], Integer):
        made.kind = type(made[0])
    return made


def item(values: object, index: object) -> object:
    """`x[i]`: of bytes a u8; Fault.INDEX outside of a str or bytes."""
    if not isinstance(values, (str, bytes)):
        return cast("Mapping[object, object]", values)[index]
    try:
        found = values[cast("int", index)]
    except IndexError as error:
        raise FaultError(Fault.INDEX, str(error)) from error
    return BYTE(found) if isinstance(found, int) else found


def over(values: object) -> object:
    """What a loop runs over: the elements of bytes are u8."""
    return [BYTE(each) for each in values] if isinstance(values, bytes) else values


def sorted_of(values: Iterable[object]) -> List:
    """`sorted(x)`."""
    return list_of(sorted(cast("Iterable[int]", over(values))))


def sum_of(values: Iterable[int]) -> object:
    """`sum(x)` in the type of the elements."""
    listed = list(cast("Iterable[int]", over(values)))
    kind = BYTE if isinstance(values, bytes) else getattr(values, "kind", None)
    if not listed:
        element = kind.element if isinstance(kind, ArrayKind) else kind
        return element(0) if isinstance(element, type) else as_alone(0)
    return reduce(lambda one, two: one + two, listed[1:], type(listed[0])(0) + listed[0])


def counted(values: Iterable[object], start: int = 0) -> Iterator[tuple[object, object]]:
    """`enumerate(x)`: the numbers are u64."""
    listed = cast("Iterable[object]", over(values))
    return ((LENGTH(place), value) for place, value in enumerate(listed, start))


def loose_range(*bounds: int) -> Iterator[Integer]:
    """A `range` among other things that are run over, or in a comprehension."""
    kinds = [type(bound) for bound in bounds if isinstance(bound, Integer)] or [ALONE]
    kind = reduce(lambda one, two: common_type(one(0), two(0)), kinds)
    assert issubclass(kind, Integer)  # the frontend refuses a range of floats
    return _counted(kind, bounds)


def as_several(  # written by `loading`
    values: object, names: tuple[str, ...], module: Names, variables: Names, firsts: Firsts
) -> object:
    """The values of `a, b = …`, each as the type that its variable began with."""
    listed = list(cast("Iterable[object]", values))
    if len(listed) != len(names):
        return values
    pairs = zip(listed, names, strict=True)
    return tuple(as_begun(value, name, module, variables, firsts) for value, name in pairs)


def extreme(function: Callable[..., object], *values: object) -> object:
    """min or max of numbers in the type in which all of them meet."""
    kinds = [type(value) for value in values if isinstance(value, (Integer, f64))]
    kind = reduce(meeting, kinds) if kinds else ALONE
    return function(*(adopt_number(kind, value) for value in values))


def as_begun(value: object, name: str, module: Names, variables: Names, firsts: Firsts) -> object:
    """A number or list as the type that the variable began with."""
    declared = Scope(module, variables, firsts).kind(name)
    if isinstance(declared, OptionKind):
        return settle(declared, value)
    if isinstance(value, (list, tuple)):
        kind_of_list = kind_of(ast.Name(name), Scope(module, variables, firsts))
        is_known = isinstance(kind_of_list, (ListKind, ArrayKind, TupleKind))
        return settle(kind_of_list, value) if is_known else as_alone(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    kind = type_of(ast.Name(name), Scope(module, variables, firsts))
    return as_alone(value) if kind is None else adopt_number(kind, value)


def typed_range(
    name: str, module: Names, variables: Names, firsts: Firsts, *bounds: int
) -> Iterator[Integer]:
    """As `range`, in the type in which the bounds meet; else in that of the variable; else i64."""
    kinds: list[type[Integer] | type[f64]] = [
        type(bound) for bound in bounds if isinstance(bound, Integer)
    ]
    if not kinds:
        kinds = [type_of(ast.Name(name), Scope(module, variables, firsts)) or ALONE]
    kind = reduce(lambda one, two: common_type(one(0), two(0)), kinds)
    assert issubclass(kind, Integer)  # the frontend refuses a range of floats
    return _counted(kind, bounds)


def _counted(kind: type[Integer], bounds: tuple[int, ...]) -> Iterator[Integer]:
    """The numbers of a range, in the type; a step of 0 is Fault.DIVISION_BY_ZERO."""
    if len(bounds) == 3 and int(bounds[2]) == 0:  # noqa: PLR2004 - start, stop, step
        raise FaultError(Fault.DIVISION_BY_ZERO)
    return (kind.checked(each, Fault.OVERFLOW) for each in range(*map(int, bounds)))


def as_either(  # noqa: PLR0917 - written by `loading`
    value: object, then: str, otherwise: str, module: Names, variables: Names, firsts: Firsts
) -> object:
    """The chosen value in the type in which both choices meet."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    names = Scope(module, variables, firsts)
    kind = common(type_of(parsed(then), names), type_of(parsed(otherwise), names))
    return value if kind is None else adopt_number(kind, value)
