"""The rules by which a value takes the type of where it goes; `loading` puts them into programs."""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final, cast, get_type_hints

from seahorse.classes import Account, layout_of
from seahorse.containers import (
    List,
    ListKind,
    Option,
    OptionKind,
    TupleKind,
    fields_of,
    is_plain,
    literal,
    plain,
)
from seahorse.errors import Fault, FaultError
from seahorse.floats import f64
from seahorse.integers import Integer, OpenPower, common_type
from seahorse.ints import i64, i128, u8, u64
from seahorse.settling import settle
from seahorse.values import Array, ArrayKind, adopt, adopt_float

_Names = Mapping[str, object]
_Number = type[Integer] | type[f64]
_Firsts = Mapping[str, str]
_ALONE: Final = cast("type[Integer]", i64)
_LENGTH: Final = cast("type[Integer]", u64)
_BYTE: Final = cast("type[Integer]", u8)
RULES: Final = (literal, plain)
"""Rules of `containers` that programs use as well."""


def as_declared(value: object, kind: object) -> object:
    """A number or list as the declared type; any other value as it is."""
    if not isinstance(kind, type):
        return settle(kind, value)
    if isinstance(kind, type) and issubclass(kind, (Integer, f64)):
        return adopt_number(kind, value)
    return value


def adopt_number(kind: _Number, value: object) -> object:
    """The value as a number of the type; TypeError where it does not become one by itself."""
    return adopt(kind, value) if issubclass(kind, Integer) else adopt_float(value)


def as_alone(value: object) -> object:
    """What a variable begins with: a plain int is an i64, so are those of a list or tuple."""
    if isinstance(value, tuple):
        return tuple(as_alone(each) for each in value)
    if isinstance(value, List) and value.kind is None and len(value):
        for place, each in enumerate(value):
            list.__setitem__(value, place, as_alone(each))
        value.kind = _kind_of_value(value[0])
    return adopt(_ALONE, value) if type(value) in {int, OpenPower} else value


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
        made.kind = _kind_of_value(made[0])
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
    return _BYTE(found) if isinstance(found, int) else found


def over(values: object) -> object:
    """What a loop runs over: the elements of bytes are u8."""
    return [_BYTE(each) for each in values] if isinstance(values, bytes) else values


def sorted_of(values: Iterable[object]) -> List:
    """`sorted(x)`."""
    return list_of(sorted(cast("Iterable[int]", over(values))))


def sum_of(values: Iterable[int]) -> object:
    """`sum(x)` in the type of the elements."""
    listed = list(cast("Iterable[int]", over(values)))
    kind = _BYTE if isinstance(values, bytes) else getattr(values, "kind", None)
    if not listed:
        element = kind.element if isinstance(kind, ArrayKind) else kind
        return element(0) if isinstance(element, type) else as_alone(0)
    return reduce(lambda one, two: one + two, listed[1:], type(listed[0])(0) + listed[0])


def counted(values: Iterable[object], start: int = 0) -> Iterator[tuple[object, object]]:
    """`enumerate(x)`: the numbers are u64."""
    listed = cast("Iterable[object]", over(values))
    return ((_LENGTH(place), value) for place, value in enumerate(listed, start))


def loose_range(*bounds: int) -> Iterator[Integer]:
    """A `range` among other things that are run over, or in a comprehension."""
    kinds = [type(bound) for bound in bounds if isinstance(bound, Integer)] or [_ALONE]
    kind = reduce(lambda one, two: common_type(one(0), two(0)), kinds)
    assert issubclass(kind, Integer)  # the frontend refuses a range of floats
    return (kind.checked(each, Fault.OVERFLOW) for each in range(*(int(b) for b in bounds)))


def as_several(  # written by `loading`
    values: object, names: tuple[str, ...], module: _Names, variables: _Names, firsts: _Firsts
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
    kind = reduce(_meeting, kinds) if kinds else _ALONE
    return function(*(adopt_number(kind, value) for value in values))


def _meeting(one: _Number, two: _Number) -> _Number:
    is_float = issubclass(one, f64) or issubclass(two, f64)
    return f64 if is_float else common_type(one(0), two(0))


def as_begun(
    value: object, name: str, module: _Names, variables: _Names, firsts: _Firsts
) -> object:
    """A number or list as the type that the variable began with."""
    declared = _Scope(module, variables, firsts).kind(name)
    if isinstance(declared, OptionKind):
        return settle(declared, value)
    if isinstance(value, (list, tuple)):
        kind_of_list = _kind_of(ast.Name(name), _Scope(module, variables, firsts))
        is_known = isinstance(kind_of_list, (ListKind, ArrayKind, TupleKind))
        return settle(kind_of_list, value) if is_known else as_alone(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    kind = type_of(ast.Name(name), _Scope(module, variables, firsts))
    return as_alone(value) if kind is None else adopt_number(kind, value)


def typed_len(value: Sized) -> Integer:
    """The length as a u64."""
    return _LENGTH.checked(len(value), Fault.OVERFLOW)


def typed_range(
    name: str, module: _Names, variables: _Names, firsts: _Firsts, *bounds: int
) -> Iterator[Integer]:
    """As `range`, in the type in which the bounds meet; else in that of the variable; else i64."""
    kinds: list[type[Integer] | type[f64]] = [
        type(bound) for bound in bounds if isinstance(bound, Integer)
    ]
    if not kinds:
        kinds = [type_of(ast.Name(name), _Scope(module, variables, firsts)) or _ALONE]
    kind = reduce(lambda one, two: common_type(one(0), two(0)), kinds)
    assert issubclass(kind, Integer)  # the frontend refuses a range of floats
    return (kind.checked(each, Fault.OVERFLOW) for each in range(*(int(b) for b in bounds)))


def as_either(  # noqa: PLR0917 - written by `loading`
    value: object, then: str, otherwise: str, module: _Names, variables: _Names, firsts: _Firsts
) -> object:
    """The chosen value in the type in which both choices meet."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    names = _Scope(module, variables, firsts)
    kind = _common(type_of(_parsed(then), names), type_of(_parsed(otherwise), names))
    return value if kind is None else adopt_number(kind, value)


# --- the type of an expression that is not evaluated ----------------------------------------------


@cache
def _parsed(source: str) -> ast.expr:
    return ast.parse(source, mode="eval").body


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names that an expression may use; `firsts` says with what a variable begins."""

    module: _Names
    variables: _Names
    firsts: _Firsts

    def kind(self, name: str) -> object:
        """The kind of the variable's or global's value."""
        first = self.firsts.get(name)
        option = None if first is None else self._option(first)
        if option is not None:
            return option
        if name not in self.variables and first is not None:
            return _kind_of(_parsed(first), self)
        return _kind_of_value(self.value(name))

    def _option(self, first: str) -> object:
        """The Option that a variable is declared as; None for any other."""
        match _parsed(first):
            case ast.Call(func=ast.Subscript(value=ast.Name(id=name)) as written):
                if self.module.get(name) is Option:
                    return eval(ast.unparse(written), dict(self.module))  # noqa: S307 - the program's own annotation
        return None

    def value(self, name: str) -> object:
        """The value of the name; None where it has none."""
        found = self.variables.get(name, self.module.get(name))
        return typed_len if name == "len" and found is None else found


def _kind_of_value(value: object) -> object:
    if isinstance(value, List):
        return ListKind(value.kind)
    if isinstance(value, tuple):
        return TupleKind(tuple(map(_kind_of_value, value)))
    return value.kind if isinstance(value, Array) else type(value)


def type_of(node: ast.expr, names: _Scope) -> _Number | None:
    """The type that the expression has, of a number; None for a plain number or another type."""
    kind = _kind_of(node, names)
    return kind if isinstance(kind, type) and issubclass(kind, (Integer, f64)) else None


def _kind_of(node: ast.expr, names: _Scope) -> object:
    rule = _KINDS.get(type(node))
    return None if rule is None else rule(node, names)


def _name(node: ast.Name, names: _Scope) -> object:
    return names.kind(node.id)


def _attribute(node: ast.Attribute, names: _Scope) -> object:
    owner = _kind_of(node.value, names)
    if isinstance(owner, type) and issubclass(owner, Account):
        fields = {field.name: field.kind for field in layout_of(owner).fields}
        return fields.get(node.attr)
    if is_plain(owner):
        return fields_of(cast("type", owner)).get(node.attr)
    return None


def _subscript(node: ast.Subscript, names: _Scope) -> object:
    owner = _kind_of(node.value, names)
    if isinstance(node.slice, ast.Slice):
        return owner
    if owner is bytes:
        return _BYTE
    if isinstance(owner, TupleKind) and isinstance(node.slice, ast.Constant):
        return owner.elements[int(cast("int", node.slice.value))]
    return owner.element if isinstance(owner, (ArrayKind, ListKind)) else None


def _call(node: ast.Call, names: _Scope) -> object:
    if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
        return _BUILTINS[node.func.id](node.args, names)
    if isinstance(node.func, ast.Attribute):
        owner = _kind_of(node.func.value, names)
        if isinstance(owner, ListKind) and node.func.attr in {"pop", "index", "count"}:
            return owner.element if node.func.attr == "pop" else _LENGTH
    if isinstance(node.func, ast.Name):
        called = names.value(node.func.id)
    else:
        called = _method(node.func, names)
    if called is None or isinstance(called, type):
        return called
    return _LENGTH if called is typed_len else get_type_hints(called).get("return")


def _method(node: ast.expr, names: _Scope) -> object:
    if not isinstance(node, ast.Attribute):
        return None
    return getattr(_kind_of(node.value, names), node.attr, None)


def _operation(node: ast.BinOp, names: _Scope) -> object:
    left, right = type_of(node.left, names), type_of(node.right, names)
    if isinstance(node.op, ast.Div):
        return f64
    return _power(left, right) if isinstance(node.op, ast.Pow) else _common(left, right)


def _power(base: _Number | None, exponent: _Number | None) -> object:
    return f64 if f64 in {base, exponent} else base


def _all_common(nodes: Sequence[ast.expr], names: _Scope) -> object:
    return reduce(_common, [type_of(each, names) for each in nodes]) or _ALONE


def _choice(node: ast.IfExp, names: _Scope) -> object:
    return _common(type_of(node.body, names), type_of(node.orelse, names))


def _common(left: _Number | None, right: _Number | None) -> _Number | None:
    if left is None or right is None:
        return left or right
    return _meeting(left, right)


_BUILTINS: Final[dict[str, Callable[[Sequence[ast.expr], _Scope], object]]] = {
    "min": _all_common,
    "max": _all_common,
    "abs": _all_common,
    "pow": lambda nodes, names: _power(*(type_of(each, names) for each in nodes)),
    "round": lambda _nodes, _names: i128,
}


_KINDS: Final[dict[type[ast.expr], Callable[..., object]]] = {
    ast.Constant: lambda node, _: f64 if isinstance(node.value, float) else None,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.BinOp: _operation,
    ast.UnaryOp: lambda node, names: type_of(node.operand, names),
    ast.IfExp: _choice,
    ast.List: lambda node, names: ListKind(
        next((_kind_of(each, names) for each in node.elts if _kind_of(each, names)), None)
    ),
}
