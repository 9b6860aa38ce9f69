"""The type of an expression that is not evaluated: where its value would go takes that type."""

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final, cast, get_type_hints

from seahorse.classes import Account, layout_of
from seahorse.containers import List, ListKind, Option, OptionKind, TupleKind, fields_of, is_plain
from seahorse.empty import Empty, EmptyKind
from seahorse.errors import Fault
from seahorse.floats import f64
from seahorse.integers import Integer, common_type, widens
from seahorse.ints import i64, i128, u8, u32, u64
from seahorse.meetings import Firsts, Meeting, Place
from seahorse.values import Array, ArrayKind

Names = Mapping[str, object]
Number = type[Integer] | type[f64]
ALONE: Final = cast("type[Integer]", i64)
LENGTH: Final = cast("type[Integer]", u64)
BYTE: Final = cast("type[Integer]", u8)
_EXPONENT: Final = cast("type[Integer]", u32)
_MAKING: Final = frozenset({"init", "init_if_empty"})


def typed_len(value: Sized) -> Integer:
    """The length as a u64."""
    return LENGTH.checked(len(value), Fault.OVERFLOW)


def meeting(one: Number, two: Number) -> Number:
    """The type in which values of both meet."""
    is_float = issubclass(one, f64) or issubclass(two, f64)
    return f64 if is_float else common_type(one(0), two(0))


@cache
def parsed(source: str) -> ast.expr:
    """The expression."""
    return ast.parse(source, mode="eval").body


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use; `firsts` says with what a variable begins."""

    module: Names
    variables: Names
    firsts: Firsts

    def kind(self, name: str) -> object:
        """The kind of the variable's or global's value."""
        first = self.firsts.get(name)
        if name in self.firsts.bare:
            return self._bare_kinds().get(name, ALONE)
        option = None if first is None else self._option(first)
        if option is not None:
            return option
        if name not in self.variables and first is not None:
            return kind_of(parsed(first), self)
        return kind_of_value(self.value(name))

    def _bare_kinds(self) -> dict[str, type[Integer]]:
        """What the variables are that begin as bare numbers, where that is no i64."""
        kinds, before = self.firsts.kinds, None
        if kinds is None:
            kinds = self.firsts.kinds = {}
            while kinds != before:
                before = dict(kinds)
                for name, meetings in self.firsts.bare.items():
                    _settle(name, meetings, kinds, self)
        return kinds

    def _option(self, first: str) -> object:
        """The Option that a variable is declared as; None for any other."""
        match parsed(first):
            case ast.Call(func=ast.Subscript(value=ast.Name(id=name)) as written):
                if self.module.get(name) is Option:
                    return eval(ast.unparse(written), dict(self.module))  # noqa: S307 - the program's own annotation
        return None

    def value(self, name: str) -> object:
        """The value of the name; None where it has none."""
        found = self.variables.get(name, self.module.get(name))
        return typed_len if name == "len" and found is None else found


def kind_of_value(value: object) -> object:
    """The kind of a value: its class, or what tells more."""
    if isinstance(value, Empty):
        return EmptyKind(value.inner)
    if isinstance(value, List):
        return ListKind(value.kind)
    if isinstance(value, tuple):
        return TupleKind(tuple(map(kind_of_value, value)))
    return value.kind if isinstance(value, Array) else type(value)


def type_of(node: ast.expr, names: Scope) -> Number | None:
    """The type that the expression has, of a number; None for a plain number or another type."""
    kind = kind_of(node, names)
    kind = kind.inner if isinstance(kind, OptionKind) else kind  # no None where numbers are wanted
    return kind if isinstance(kind, type) and issubclass(kind, (Integer, f64)) else None


def kind_of(node: ast.expr, names: Scope) -> object:
    """The kind that the expression's value has; None where it is not known."""
    rule = _KINDS.get(type(node))
    return None if rule is None else rule(node, names)


def _name(node: ast.Name, names: Scope) -> object:
    return names.kind(node.id)


def _attribute(node: ast.Attribute, names: Scope) -> object:
    owner = kind_of(node.value, names)
    owner = owner.inner if isinstance(owner, EmptyKind) else owner
    if isinstance(owner, type) and issubclass(owner, Account):
        return _fields(owner).get(node.attr)
    if is_plain(owner):
        return fields_of(cast("type", owner)).get(node.attr)
    return None


def _subscript(node: ast.Subscript, names: Scope) -> object:
    owner = kind_of(node.value, names)
    if isinstance(node.slice, ast.Slice):
        return owner
    if owner is bytes:
        return BYTE
    if isinstance(owner, TupleKind) and isinstance(node.slice, ast.Constant):
        return owner.elements[int(cast("int", node.slice.value))]
    return owner.element if isinstance(owner, (ArrayKind, ListKind)) else None


def _call(node: ast.Call, names: Scope) -> object:
    if isinstance(node.func, ast.Name) and node.func.id in _BUILTINS:
        return _BUILTINS[node.func.id](node.args, names)
    if isinstance(node.func, ast.Attribute):
        owner = kind_of(node.func.value, names)
        if isinstance(owner, ListKind) and node.func.attr in {"pop", "index", "count"}:
            return owner.element if node.func.attr == "pop" else LENGTH
        if isinstance(owner, EmptyKind) and node.func.attr in _MAKING:
            return owner.inner
    if isinstance(node.func, ast.Name):
        called = names.value(node.func.id)
    else:
        called = _method(node.func, names)
    if called is None or isinstance(called, type):
        return called
    return LENGTH if called is typed_len else get_type_hints(called).get("return")


def _method(node: ast.expr, names: Scope) -> object:
    if not isinstance(node, ast.Attribute):
        return None
    owner = kind_of(node.value, names)
    return getattr(Empty if isinstance(owner, EmptyKind) else owner, node.attr, None)


def _operation(node: ast.BinOp, names: Scope) -> object:
    left, right = type_of(node.left, names), type_of(node.right, names)
    if isinstance(node.op, ast.Div):
        return f64
    return _power(left, right) if isinstance(node.op, ast.Pow) else common(left, right)


def _power(base: Number | None, exponent: Number | None) -> object:
    return f64 if f64 in {base, exponent} else base


def _all_common(nodes: Sequence[ast.expr], names: Scope) -> object:
    return reduce(common, [type_of(each, names) for each in nodes]) or ALONE


def _choice(node: ast.IfExp, names: Scope) -> object:
    return common(type_of(node.body, names), type_of(node.orelse, names))


def common(left: Number | None, right: Number | None) -> Number | None:
    """The type of both, where a plain number takes that of the other."""
    if left is None or right is None:
        return left or right
    return meeting(left, right)


_BUILTINS: Final[dict[str, Callable[[Sequence[ast.expr], Scope], object]]] = {
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
        next((kind_of(each, names) for each in node.elts if kind_of(each, names)), None)
    ),
}


# --- variables that begin as bare numbers --------------------------------------------------------


def _settle(
    name: str, meetings: Sequence[Meeting], kinds: dict[str, type[Integer]], names: Scope
) -> None:
    """Finds the type of one of them, as far as the types of the others are known."""
    for each in meetings:
        kind, met = kinds.get(name, ALONE), _met(each, names)
        if met is None or _does(each.place, kind, met):
            continue
        can_be = met.SIGNED or name not in names.firsts.below
        if can_be and (name not in kinds or widens(met, kind)):
            kinds[name] = met


def _met(one: Meeting, names: Scope) -> type[Integer] | None:
    """The type that the variable meets; None where that is no integer."""
    if one.parameter is not None:
        kind = _parameter(one.other, one.parameter, names)
    else:
        kind = type_of(one.other, names)
    if not isinstance(kind, type) or not issubclass(kind, Integer):
        return None
    return _EXPONENT if one.place is Place.EXPONENT else kind


def _does(place: Place, kind: type[Integer], met: type[Integer]) -> bool:
    """Whether a variable of that kind may meet the type there."""
    stored, taken = kind is met or widens(kind, met), kind is met or widens(met, kind)
    if place is Place.EXPONENT:
        return not kind.SIGNED and kind.BITS <= LENGTH.BITS
    return {Place.MIX: stored or taken, Place.STORE: stored, Place.TAKE: taken}[place]


def _parameter(function: ast.expr, which: int | str, names: Scope) -> object:
    """The type of a parameter of the function that the expression names."""
    if isinstance(function, ast.Attribute):
        owner = kind_of(function.value, names)
        if isinstance(owner, ListKind):
            return owner.element if function.attr in _PUTTING else None
        if isinstance(owner, EmptyKind) and function.attr in _MAKING and isinstance(which, str):
            return _first_value(owner.inner, which)
        called = _method(function, names)
    else:
        called = names.value(function.id) if isinstance(function, ast.Name) else None
    kinds = _parameters(called, is_method=isinstance(function, ast.Attribute))
    by_place = dict(enumerate(kinds.values()))
    return by_place.get(which) if isinstance(which, int) else kinds.get(which)


def _first_value(made: type, name: str) -> object:
    """The type of an argument of `init`."""
    fields = _fields(made) if issubclass(made, Account) else {}
    return fields.get(name) or {"decimals": BYTE, "space": LENGTH, "padding": LENGTH}.get(name)


def _fields(owner: type[Account]) -> dict[str, object]:
    return {field.name: field.kind for field in layout_of(owner).fields}


def _parameters(called: object, *, is_method: bool) -> dict[str, object]:
    """The parameters of a function or of what makes a class, in order, and their types."""
    if isinstance(called, type):
        if issubclass(called, (Integer, f64)):
            return {}
        made = vars(called).get("__init__")
        if not getattr(made, "__annotations__", {}):
            return fields_of(called)
        called, is_method = made, True
    if not inspect.isroutine(called):
        return {}
    hints = get_type_hints(called)
    listed = list(inspect.signature(called).parameters)
    return {each: hints.get(each) for each in (listed[1:] if is_method else listed)}


_PUTTING: Final = frozenset({"append", "insert"})
