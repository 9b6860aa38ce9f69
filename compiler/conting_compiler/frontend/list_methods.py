"""Methods of lists."""

import ast
from collections.abc import Callable, Sequence
from typing import Final

from conting_compiler.frontend.arguments import bind
from conting_compiler.frontend.coerce import check_as, coerce, convert
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.intrinsics.names import LIST_METHODS
from conting_compiler.frontend.intrinsics.table import Parameter, Row
from conting_compiler.frontend.membership import COMPARABLE
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import BOOL, I64, NONE, U64, ListT, Type
from conting_compiler.source import Span

_INDEX: Final = None
"""In place of a type: a place in the list."""


def method(node: ast.Call, receiver: ir.Expr, name: str, scope: Scope) -> ir.Expr:
    """A call of a list's method."""
    kind = receiver.type
    assert isinstance(kind, ListT)
    span = scope.span(node)
    if name == "extend":
        values = _arguments(node, (Parameter("values", kind),), scope, [kind])
        return ir.Intrinsic(rows.EXTEND.name, (receiver, *values), NONE, span)
    if name == "pop":
        if not node.args and not node.keywords:
            return ir.Intrinsic(rows.POP.name, (receiver,), kind.element, span)
        values = _arguments(node, (Parameter("index", I64),), scope, [_INDEX])
        return ir.Intrinsic(rows.POP_AT.name, (receiver, *values), kind.element, span)
    if name in _SEARCHES:
        (value,) = _arguments(node, (Parameter("value", kind.element),), scope, [kind.element])
        return _SEARCHES[name](_Search.of(node, receiver, value, scope))
    wanted: dict[str, tuple[Row, list[Type | None]]] = {
        "append": (rows.APPEND, [kind.element]),
        "insert": (rows.INSERT, [_INDEX, kind.element]),
        "clear": (rows.CLEAR, []),
        "reverse": (rows.REVERSE, []),
    }
    if name not in wanted:
        known = [*wanted, "pop", "extend", *_SEARCHES]
        nearest = did_you_mean(name, known, f"lists have {', '.join(known)}")
        fix = LIST_METHODS.get(name, nearest)
        raise scope.refuse("E206", f"{kind} has no method '{name}'", node, fix)
    row, types = wanted[name]
    parameters = tuple(Parameter(f"value{n}", each or I64) for n, each in enumerate(types))
    values = _arguments(node, parameters, scope, types)
    return ir.Intrinsic(row.name, (receiver, *values), NONE, span)


def _arguments(
    node: ast.Call, parameters: Sequence[Parameter], scope: Scope, types: Sequence[Type | None]
) -> tuple[ir.Expr, ...]:
    bound = bind(node, parameters, scope)
    pairs = zip(bound.values(), types, strict=True)
    return tuple(
        _place(value, scope) if wanted is _INDEX else check_as(value, wanted, scope)
        for value, wanted in pairs
    )


def _place(node: ast.expr, scope: Scope) -> ir.Expr:
    """An index as an i64, also a u64, which is what `len` and `index` give."""
    value = check(node, scope, I64)
    if value.type == U64:
        return convert(value, I64, scope, node)
    return coerce(value, I64, scope, node)


# --- looking for a value -------------------------------------------------------------------------


class _Search:
    """Goes over a list and compares each element with a value."""

    def __init__(self, receiver: ir.Expr, value: ir.Expr, span: Span, scope: Scope) -> None:
        self.span = span
        self.whole = ir.Local(scope.hide("list"), receiver.type, span)
        self.wanted = ir.Local(scope.hide("wanted"), value.type, span)
        self.at = ir.Local(scope.hide("at"), U64, span)
        self.start: tuple[ir.Stmt, ...] = (
            ir.Assign(self.whole, receiver, span),
            ir.Assign(self.wanted, value, span),
            ir.Assign(self.at, ir.IntLit(0, U64, span), span),
        )

    @classmethod
    def of(cls, node: ast.Call, receiver: ir.Expr, value: ir.Expr, scope: Scope) -> "_Search":
        """Refuses elements that do not compare."""
        if not isinstance(value.type, COMPARABLE):
            fix = "compare a field of each in a loop"
            raise scope.refuse("E212", f"values of {value.type} do not compare", node, fix)
        return cls(receiver, value, scope.span(node), scope)

    def step(self, number: ir.Local) -> ir.Stmt:
        """`number += 1`."""
        one = ir.IntLit(1, U64, self.span)
        return ir.Assign(number, ir.Binary(ir.BinaryOp.ADD, number, one, U64, self.span), self.span)

    def loop(self, found: ir.Stmt) -> ir.Stmt:
        """Over the elements; `found` is done at each that equals the value."""
        assert isinstance(self.whole.type, ListT)
        count = ir.Intrinsic(rows.LENGTH.name, (self.whole,), U64, self.span)
        item = ir.Index(self.whole, self.at, self.whole.type.element, self.span)
        same = ir.Compare(ir.CompareOp.EQ, item, self.wanted, BOOL, self.span)
        test = ir.Compare(ir.CompareOp.LT, self.at, count, BOOL, self.span)
        body = (ir.If(same, (found,), (), self.span), self.step(self.at))
        return ir.While(test, body, self.span)

    def first(self) -> tuple[ir.Stmt, ...]:
        """Ends with `at` at the first that equals the value; Fault.NO_VALUE where there is none."""
        found = ir.Intrinsic(rows.FOUND.name, (self.whole, self.at), NONE, self.span)
        return (*self.start, self.loop(ir.Break(self.span)), ir.Do(found, self.span))


def _index(search: _Search) -> ir.Expr:
    """`x.index(value)`."""
    return ir.Block(search.first(), search.at, U64, search.span)


def _count(search: _Search) -> ir.Expr:
    """`x.count(value)`."""
    total = ir.Local(f"{search.at.name}.total", U64, search.span)
    zero = ir.Assign(total, ir.IntLit(0, U64, search.span), search.span)
    body = (*search.start, zero, search.loop(search.step(total)))
    return ir.Block(body, total, U64, search.span)


def _remove(search: _Search) -> ir.Expr:
    """`x.remove(value)`."""
    arguments = (search.whole, search.at)
    removed = ir.Intrinsic(rows.REMOVE_AT.name, arguments, NONE, search.span)
    return ir.Block(search.first(), removed, NONE, search.span)


_SEARCHES: Final[dict[str, Callable[[_Search], ir.Expr]]] = {
    "index": _index,
    "count": _count,
    "remove": _remove,
}
