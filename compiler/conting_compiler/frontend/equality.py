"""`==` of lists, tuples and instances of dataclasses: their parts are compared, in order."""

from collections.abc import Sequence

from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.once import held
from conting_compiler.frontend.scope import Scope
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    U64,
    ArrayT,
    BoolT,
    BytesT,
    ClassT,
    EnumT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
    is_packed,
)
from conting_compiler.source import Span

_WHOLE = (IntT, BoolT, EnumT, PubkeyT, StrT, BytesT)


def has_equality(kind: Type, scope: Scope) -> bool:
    """Whether values of the type are compared by their parts, all of which can be compared.

    Floats cannot: to CPython a list with one that is no number equals itself.
    """
    match kind:
        case ListT(element=element):
            return _is_part(element, scope)
        case TupleT(elements=elements):
            return all(_is_part(each, scope) for each in elements)
        case ClassT(name=name):
            found = scope.declared.plain_class(name)
            if found is None or not found.is_data:
                return False
            return all(_is_part(each.type, scope) for each in found.fields)
    return False


def _is_part(kind: Type, scope: Scope) -> bool:
    if isinstance(kind, ArrayT):
        return is_packed(kind) and isinstance(kind.element, IntT)
    return isinstance(kind, _WHOLE) or has_equality(kind, scope)


def equal(left: ir.Expr, right: ir.Expr, scope: Scope, span: Span, *, negated: bool) -> ir.Expr:
    """Whether two values of a type that `has_equality` are equal, or differ."""
    done: list[ir.Stmt] = []
    if (
        isinstance(left, ir.ListLit)
        and isinstance(right, ir.ListLit)
        and len(left.elements) == len(right.elements)
    ):
        ones = [held(each, scope, done) for each in left.elements]
        others = [held(each, scope, done) for each in right.elements]
        same = _all(list(zip(ones, others, strict=True)), scope, span)
    else:
        one, other = held(left, scope, done), held(right, scope, done)
        same = _same(one, other, scope, span)
    result = ir.Unary(ir.UnaryOp.NOT, same, BOOL, span) if negated else same
    return ir.Block(tuple(done), result, BOOL, span)


def _same(one: ir.Expr, other: ir.Expr, scope: Scope, span: Span) -> ir.Expr:
    match one.type:
        case ListT(element=element):
            return _same_list(one, other, element, scope, span)
        case TupleT(elements=elements):
            pairs: list[tuple[ir.Expr, ir.Expr]] = [
                (ir.TupleItem(one, n, kind, span), ir.TupleItem(other, n, kind, span))
                for n, kind in enumerate(elements)
            ]
        case ClassT(name=name):
            found = scope.declared.plain_class(name)
            assert found is not None
            pairs = [
                (
                    ir.Field(one, part.name, part.type, span),
                    ir.Field(other, part.name, part.type, span),
                )
                for part in found.fields
            ]
        case _:
            return ir.Compare(ir.CompareOp.EQ, one, other, BOOL, span)
    return _all(pairs, scope, span)


def _all(pairs: Sequence[tuple[ir.Expr, ir.Expr]], scope: Scope, span: Span) -> ir.Expr:
    """Whether all of them are equal."""
    parts = tuple(_same(*pair, scope, span) for pair in pairs)
    if len(parts) < 2:  # noqa: PLR2004 - several are joined
        return parts[0] if parts else ir.BoolLit(value=True, type=BOOL, span=span)
    return ir.BoolOp("and", parts, BOOL, span)


def _same_list(one: ir.Expr, other: ir.Expr, element: Type, scope: Scope, span: Span) -> ir.Expr:
    """A loop that ends where they differ; both lists stay as they are meanwhile."""
    done: list[ir.Stmt] = []
    left, right = held(one, scope, done), held(other, scope, done)
    length, others = (ir.Intrinsic(rows.LENGTH.name, (each,), U64, span) for each in (left, right))
    same = ir.Local(scope.hide("same"), BOOL, span)
    at = ir.Local(scope.hide("at"), U64, span)
    done += [
        ir.Assign(same, ir.Compare(ir.CompareOp.EQ, length, others, BOOL, span), span),
        ir.Assign(at, ir.IntLit(0, U64, span), span),
    ]
    items = [ir.Index(each, at, element, span) for each in (left, right)]
    body = (
        ir.Assign(same, _same(items[0], items[1], scope, span), span),
        ir.Assign(at, ir.Binary(ir.BinaryOp.ADD, at, ir.IntLit(1, U64, span), U64, span), span),
    )
    more = ir.Compare(ir.CompareOp.LT, at, length, BOOL, span)
    test = ir.BoolOp("and", (same, more), BOOL, span)
    return ir.Block((*done, ir.While(test, body, span)), same, BOOL, span)
