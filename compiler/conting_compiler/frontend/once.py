"""Operands that stand once in the source and twice in what it means, computed once.

`a[f()] += 1` reads and writes one place; `x < f() < y` compares one value with two. What would
have an effect goes into a hidden variable, in the order in which Python computes it.
"""

import ast
from collections.abc import Callable
from dataclasses import replace

from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import BOOL, ClassT, ListT, Type

Link = Callable[[ast.cmpop, tuple[ast.expr, ast.expr]], ir.Expr]


class Known(ast.expr):
    """An expression that is typed already, inside one that is not."""

    _fields = ()

    def __init__(self, value: ir.Expr) -> None:
        super().__init__()
        self.value_known = value


@check.register
def _known(node: Known, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del scope, hint
    return node.value_known


def known(value: ir.Expr, node: ast.expr) -> Known:
    """A typed expression in the place of a node."""
    return ast.copy_location(Known(value), node)


def held(value: ir.Expr, scope: Scope, done: list[ir.Stmt]) -> ir.Local:
    """A hidden variable with the value, which `done` gives it."""
    local = ir.Local(scope.hide("once"), value.type, value.span)
    done.append(ir.Assign(local, value, value.span))
    return local


def settled(
    place: ir.Index | ir.Field, scope: Scope, done: list[ir.Stmt]
) -> ir.Index | ir.Field | None:
    """The place without what would have an effect, which `done` computes first; None where a part
    has an effect and is nothing that a variable refers to.
    """
    if is_repeatable(place):
        return place
    match place:
        case ir.Index(base=base, index=index):
            inner = _base(base, scope, done, is_last=is_repeatable(index))
            if inner is None:
                return None
            at = index if is_repeatable(index) else held(index, scope, done)
            return replace(place, base=inner, index=at)
        case ir.Field(base=base):
            inner = _base(base, scope, done, is_last=True)
            return None if inner is None else replace(place, base=inner)


def _base(base: ir.Expr, scope: Scope, done: list[ir.Stmt], *, is_last: bool) -> ir.Expr | None:
    """What an element or field is of; a list or instance is found before the index is computed."""
    found: ir.Expr | None = base
    if isinstance(base, ir.Index | ir.Field):
        found = settled(base, scope, done)
    if found is None or isinstance(found, ir.Local):
        return found
    refers = isinstance(found.type, ListT | ClassT)
    if refers and not (is_last and is_repeatable(found)):
        return held(found, scope, done)
    return found if is_repeatable(found) else None


def chain(node: ast.Compare, link: Link, scope: Scope) -> ir.Expr | None:
    """`a < b < c` where an inner operand has an effect; None where the order cannot be kept."""
    operands: list[ast.expr] = [node.left, *node.comparators]
    return _rest(node, operands, 0, link, scope)


def _rest(
    node: ast.Compare, operands: list[ast.expr], place: int, link: Link, scope: Scope
) -> ir.Expr | None:
    """The links from one place on; a left operand with an effect is known by then."""
    left, right = operands[place : place + 2]
    if place + 1 == len(node.ops):
        return link(node.ops[place], (left, right))
    done: list[ir.Stmt] = []
    span = scope.span(right)
    if not _is_plain(right, scope):
        value = check(right, scope)
        middle = ir.Local(scope.hide("once"), value.type, span)
        operands = [*operands[: place + 1], known(middle, right), *operands[place + 2 :]]
        first = link(node.ops[place], (left, operands[place + 1]))
        if not isinstance(first, ir.Compare) or middle in walk(first.left):
            return None  # texts are compared as one
        first = replace(first, left=held(first.left, scope, done))
        done.append(ir.Assign(middle, value, span))
    else:
        first = link(node.ops[place], (left, right))
    others = _rest(node, operands, place + 1, link, scope)
    if others is None:
        return None
    both = ir.BoolOp("and", (first, others), BOOL, scope.span(node))
    return ir.Block(tuple(done), both, BOOL, scope.span(node)) if done else both


def _is_plain(node: ast.expr, scope: Scope) -> bool:
    return isinstance(node, ast.Constant | ast.Name) or is_repeatable(check(node, scope))
