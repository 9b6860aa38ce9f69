"""The rules by which a value takes the type of where it goes; `loading` puts them into programs."""

import ast
from collections.abc import Callable, Iterator, Mapping, Sized
from dataclasses import dataclass
from functools import cache, reduce
from typing import Final, cast, get_type_hints

from seahorse.classes import Account, layout_of
from seahorse.errors import Fault
from seahorse.integers import Integer, common_type
from seahorse.ints import i64, u64
from seahorse.values import Array, ArrayKind, adopt, encode

_Names = Mapping[str, object]
_Firsts = tuple[tuple[str, str], ...]
_ALONE: Final = cast("type[Integer]", i64)
_LENGTH: Final = cast("type[Integer]", u64)


def as_declared(value: object, kind: object) -> object:
    """A number or list as the declared type; any other value as it is."""
    if isinstance(kind, ArrayKind) and isinstance(value, list):
        made: Array[object] = Array(kind, bytearray(encode(kind, value)))
        return made
    if isinstance(kind, type) and issubclass(kind, Integer):
        return adopt(kind, value)
    return value


def as_alone(value: object) -> object:
    """What a variable begins with: a plain int is an i64."""
    return adopt(_ALONE, value) if type(value) is int else value


def as_begun(
    value: object, name: str, module: _Names, variables: _Names, firsts: _Firsts
) -> object:
    """A number as the type that the variable began with."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    kind = type_of(ast.Name(name), _Scope(module, variables, firsts))
    return as_alone(value) if kind is None else adopt(kind, value)


def typed_len(value: Sized) -> Integer:
    """The length as a u64."""
    return _LENGTH.checked(len(value), Fault.OVERFLOW)


def typed_range(
    name: str, module: _Names, variables: _Names, firsts: _Firsts, *bounds: int
) -> Iterator[Integer]:
    """As `range`, in the type in which the bounds meet; else in that of the variable; else i64."""
    kinds = [type(bound) for bound in bounds if isinstance(bound, Integer)]
    if not kinds:
        kinds = [type_of(ast.Name(name), _Scope(module, variables, firsts)) or _ALONE]
    kind = reduce(lambda one, two: common_type(one(0), two(0)), kinds)
    return (kind.checked(each, Fault.OVERFLOW) for each in range(*(int(b) for b in bounds)))


def as_either(  # noqa: PLR0917 - written by `loading`
    value: object, then: str, otherwise: str, module: _Names, variables: _Names, firsts: _Firsts
) -> object:
    """The chosen value in the type in which both choices meet."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    names = _Scope(module, variables, firsts)
    kind = _common(type_of(_parsed(then), names), type_of(_parsed(otherwise), names))
    return value if kind is None else adopt(kind, value)


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
        first = dict(self.firsts).get(name)
        if name not in self.variables and first is not None:
            return _kind_of(_parsed(first), self)
        return _kind_of_value(self.value(name))

    def value(self, name: str) -> object:
        """The value of the name; None where it has none."""
        found = self.variables.get(name, self.module.get(name))
        return typed_len if name == "len" and found is None else found


def _kind_of_value(value: object) -> object:
    return value.kind if isinstance(value, Array) else type(value)


def type_of(node: ast.expr, names: _Scope) -> type[Integer] | None:
    """The integer type that the expression has; None for a plain number or another type."""
    kind = _kind_of(node, names)
    return kind if isinstance(kind, type) and issubclass(kind, Integer) else None


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
    return None


def _subscript(node: ast.Subscript, names: _Scope) -> object:
    owner = _kind_of(node.value, names)
    return owner.element if isinstance(owner, ArrayKind) else None


def _call(node: ast.Call, names: _Scope) -> object:
    if isinstance(node.func, ast.Name):
        called = names.value(node.func.id)
    else:
        called = _method(node.func, names)
    if isinstance(called, type):
        return called
    return _LENGTH if called is typed_len else get_type_hints(called).get("return")


def _method(node: ast.expr, names: _Scope) -> object:
    if not isinstance(node, ast.Attribute):
        return None
    return getattr(_kind_of(node.value, names), node.attr, None)


def _operation(node: ast.BinOp, names: _Scope) -> object:
    return _common(type_of(node.left, names), type_of(node.right, names))


def _choice(node: ast.IfExp, names: _Scope) -> object:
    return _common(type_of(node.body, names), type_of(node.orelse, names))


def _common(left: type[Integer] | None, right: type[Integer] | None) -> type[Integer] | None:
    if left is None or right is None:
        return left or right
    return common_type(left(0), right(0))


_KINDS: Final[dict[type[ast.expr], Callable[..., object]]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
    ast.BinOp: _operation,
    ast.UnaryOp: lambda node, names: type_of(node.operand, names),
    ast.IfExp: _choice,
}
