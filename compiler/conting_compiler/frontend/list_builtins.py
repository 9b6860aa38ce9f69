"""Builtins that make lists or read them: `list`, `sum`, `sorted`, `array`, `Array`."""

import ast
from collections.abc import Callable
from typing import Final

from conting_compiler.frontend.annotations import LONGEST_ARRAY
from conting_compiler.frontend.coerce import coerce
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.iterating import loop, source_of
from conting_compiler.frontend.lists import element_of, list_literal
from conting_compiler.frontend.pairs import untyped
from conting_compiler.frontend.scope import Scope
from conting_compiler.frontend.slices import array_of_bytes
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    I64,
    NONE,
    U64,
    ArrayT,
    BoolT,
    FloatT,
    IntT,
    ListT,
    Type,
)

_LONGEST_MADE: Final = 512
"""Elements of an Array that `Array(x, n)` makes: the code has a part for each."""


def list_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`list(x)`: a new list of what x gives."""
    inner = _only(node, "list", scope)
    wanted = hint.element if isinstance(hint, ListT) else None
    return collect(node, inner, scope, wanted)


def collect(node: ast.Call, inner: ast.expr, scope: Scope, wanted: Type | None) -> ir.Block:
    """A new list of what an expression gives when it is run over."""
    name, span = scope.hide("list"), scope.span(node)
    source = source_of(inner, scope, wanted)
    kind = ListT(source.element if wanted is None else wanted)
    made = ir.Local(name, kind, span)
    loops = loop(
        source,
        lambda value: [
            ir.Do(
                ir.Intrinsic(
                    rows.APPEND.name, (made, coerce(value, kind.element, scope, inner)), NONE, span
                ),
                span,
            )
        ],
        lambda: (),
        scope,
        span,
    )
    start = ir.Assign(made, ir.ListLit((), kind, span), span)
    return ir.Block((start, *loops), made, kind, span)


def _only(node: ast.Call, name: str, scope: Scope) -> ast.expr:
    if node.keywords or len(node.args) != 1:
        fix = f"write '{name}(x)'"
        raise scope.refuse("E208", f"'{name}' takes one thing to run over", node, fix)
    return node.args[0]


def sum_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`sum(x)` of numbers, in the type of the elements."""
    inner = _only(node, "sum", scope)
    if isinstance(inner, ast.GeneratorExp):
        inner = ast.copy_location(ast.ListComp(inner.elt, inner.generators), inner)
    source, span = source_of(inner, scope, hint), scope.span(node)
    kind = source.element
    if not isinstance(kind, IntT | FloatT):
        raise scope.refuse("E202", f"'sum' adds numbers, these are {kind}", inner)
    total = ir.Local(scope.hide("sum"), kind, span)
    zero = ir.IntLit(0, kind, span) if isinstance(kind, IntT) else ir.FloatLit(0.0, kind, span)

    def add(value: ir.Expr) -> list[ir.Stmt]:
        return [ir.Assign(total, ir.Binary(ir.BinaryOp.ADD, total, value, kind, span), span)]

    loops = loop(source, add, lambda: (), scope, span)
    return ir.Block((ir.Assign(total, zero, span), *loops), total, kind, span)


def sorted_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`sorted(x)`: a new list of numbers in rising order (insertion sort: n * n / 4 steps)."""
    inner = _only(node, "sorted", scope)
    wanted = hint.element if isinstance(hint, ListT) else None
    made = collect(node, inner, scope, wanted)
    kind = made.type
    assert isinstance(kind, ListT)
    if not isinstance(kind.element, IntT | FloatT | BoolT):
        message = f"'sorted' orders numbers, these are {kind.element}"
        raise scope.refuse("E202", message, inner, "sort in a loop of your own")
    return _insertion_sort(made, kind, scope)


def _insertion_sort(made: ir.Block, kind: ListT, scope: Scope) -> ir.Block:
    span, element = made.span, kind.element
    whole = ir.Local(scope.hide("sorted"), kind, span)
    at, to = (ir.Local(scope.hide(name), U64, span) for name in ("at", "to"))
    value = ir.Local(scope.hide("value"), element, span)
    one, zero = ir.IntLit(1, U64, span), ir.IntLit(0, U64, span)

    def binary(op: ir.BinaryOp, left: ir.Expr) -> ir.Expr:
        return ir.Binary(op, left, one, U64, span)

    def compare(op: ir.CompareOp, left: ir.Expr, right: ir.Expr) -> ir.Expr:
        return ir.Compare(op, left, right, BOOL, span)

    before = ir.Index(whole, binary(ir.BinaryOp.SUB, to), element, span)
    shift = (
        ir.Assign(ir.Index(whole, to, element, span), before, span),
        ir.Assign(to, binary(ir.BinaryOp.SUB, to), span),
    )
    tests = (compare(ir.CompareOp.GT, to, zero), compare(ir.CompareOp.GT, before, value))
    insert = (
        ir.Assign(value, ir.Index(whole, at, element, span), span),
        ir.Assign(to, at, span),
        ir.While(ir.BoolOp("and", tests, BOOL, span), shift, span),
        ir.Assign(ir.Index(whole, to, element, span), value, span),
        ir.Assign(at, binary(ir.BinaryOp.ADD, at), span),
    )
    count = ir.Intrinsic(rows.LENGTH.name, (whole,), U64, span)
    rounds = ir.While(compare(ir.CompareOp.LT, at, count), insert, span)
    start = (ir.Assign(whole, made, span), ir.Assign(at, one, span))
    return ir.Block((*start, rounds), whole, kind, span)


def array_of(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`array(a, b, c)`: an Array of these values."""
    if node.keywords or not node.args:
        raise scope.refuse("E208", "'array' takes its elements", node, "write 'array(1, 2)'")
    listed = ast.copy_location(ast.List(node.args, ast.Load()), node)
    element = hint.element if isinstance(hint, ArrayT) else element_of(listed, scope)
    return list_literal(listed, scope, ArrayT(element, len(node.args)))


def array_from(node: ast.Call, scope: Scope, hint: Type | None) -> ir.Expr:
    """`Array(x, n)`: a new Array of the n elements that x gives; Fault.INDEX if they are not n."""
    match node:
        case (
            ast.Call(args=[inner, count], keywords=[])
            | ast.Call(args=[inner], keywords=[ast.keyword(arg="len", value=count)])
        ):
            length = untyped(count, scope)
        case _:
            fix = "write for example 'Array(x, 4)'"
            raise scope.refuse("E208", "'Array' takes elements and their number", node, fix)
    if length is None or not 1 <= length <= LONGEST_ARRAY:
        fix = f"write a number from 1 to {LONGEST_ARRAY}"
        raise scope.refuse("E213", "this is no length of an Array", count, fix)
    wanted = hint.element if isinstance(hint, ArrayT) else None
    if isinstance(inner, ast.List):
        element = wanted or element_of(inner, scope)
        return list_literal(inner, scope, ArrayT(element, length))
    of_bytes = array_of_bytes(inner, length, node, scope)
    if of_bytes is not None:
        return of_bytes
    if length > _LONGEST_MADE:
        fix = "set the elements of a longer one by index, in a field of an account"
        message = f"an Array is made of at most {_LONGEST_MADE} elements"
        raise scope.refuse("E213", message, count, fix)
    made, span = collect(node, inner, scope, wanted), scope.span(node)
    assert isinstance(made.type, ListT)
    held = ir.Local(scope.hide("list"), made.type, span)
    element = made.type.element
    parts = tuple(
        ir.Index(held, ir.IntLit(place, I64, span), element, span) for place in range(length)
    )
    kind = ArrayT(element, length)
    rest = ir.Intrinsic(rows.EXACT.name, (held, ir.IntLit(length, U64, span)), NONE, span)
    return ir.Block(
        (ir.Assign(held, made, span), ir.Do(rest, span)),
        ir.ArrayLit(parts, kind, span),
        kind,
        span,
    )


BUILTINS: Final[dict[Special, Callable[[ast.Call, Scope, Type | None], ir.Expr]]] = {
    Special.LIST_OF: list_of,
    Special.SUM: sum_of,
    Special.SORTED: sorted_of,
    Special.ARRAY_OF: array_of,
    Special.ARRAY: array_from,
}
