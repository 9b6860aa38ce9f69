"""`in` and `not in`."""

import ast
from functools import partial
from typing import Final

from conting_compiler.frontend import texts
from conting_compiler.frontend.coerce import check_as, coerce
from conting_compiler.frontend.iterating import Source, loop, source_of
from conting_compiler.frontend.operators import MEMBERSHIP
from conting_compiler.frontend.pairs import takes_type
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    BoolT,
    BytesT,
    EnumT,
    FloatT,
    IntT,
    PubkeyT,
    StrT,
)

COMPARABLE: Final = (IntT, FloatT, BoolT, EnumT, PubkeyT, StrT, BytesT)


def contains(
    element: ast.expr, container: ast.expr, scope: Scope, *, negated: bool = False
) -> ir.Expr:
    """`x in container`, `x not in container`."""
    if isinstance(container, ast.Tuple):
        container = ast.copy_location(ast.List(container.elts, ast.Load()), container)
    first = None if takes_type(element, scope) else check(element, scope)
    hint = None if first is None else first.type
    source = source_of(container, scope, hint)
    if source.text is not None and first is not None and first.type == source.text.type:
        return _in_text(source, source.text, first, scope, negated=negated)
    kind = source.element
    value = check_as(element, kind, scope) if first is None else coerce(first, kind, scope, element)
    if not isinstance(kind, COMPARABLE):
        fix = "compare a field of each in a loop"
        raise scope.refuse("E212", f"values of {kind} do not compare", container, fix)
    span = scope.span(element)
    wanted = ir.Local(scope.hide("wanted"), kind, span)
    found = ir.Local(scope.hide("found"), BOOL, span)

    def compare(item: ir.Expr) -> list[ir.Stmt]:
        same = ir.Compare(ir.CompareOp.EQ, item, wanted, BOOL, span)
        yes = ir.Assign(found, ir.BoolLit(not negated, BOOL, span), span)
        if scope.flow is not None:
            scope.loops[-1].breaks.append(scope.flow)
        return [ir.If(same, (yes, ir.Break(span)), (), span)]

    loops = loop(source, compare, lambda: (), scope, span)
    start: list[ir.Stmt] = [
        ir.Assign(wanted, value, span),
        ir.Assign(found, ir.BoolLit(negated, BOOL, span), span),
    ]
    return ir.Block((*start, *loops), found, BOOL, span)


def _in_text(
    source: Source, whole: ir.Expr, part: ir.Expr, scope: Scope, *, negated: bool
) -> ir.Expr:
    """`"ab" in text`: somewhere in it; the part is computed first, as in Python."""
    span = part.span
    held = ir.Local(scope.hide("part"), part.type, span)
    found = texts.contains(whole, held, span)
    result = ir.Unary(ir.UnaryOp.NOT, found, BOOL, span) if negated else found
    return ir.Block((ir.Assign(held, part, span), *source.setup), result, BOOL, span)


MEMBERSHIP[ast.In] = contains
MEMBERSHIP[ast.NotIn] = partial(contains, negated=True)
