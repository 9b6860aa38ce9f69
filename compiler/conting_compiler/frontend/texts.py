"""What is done with str and bytes that no method does: an element, their order, a part in them."""

import ast
from typing import Final

from conting_compiler.frontend.intrinsics import values as rows
from conting_compiler.frontend.intrinsics.table import Row
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import BOOL, I64, U64, BytesT, IntT, StrT, Type
from conting_compiler.source import Span

_ITEMS: Final[dict[type[Type], Row]] = {StrT: rows.STR_ITEM, BytesT: rows.BYTES_ITEM}
_LENGTHS: Final[dict[type[Type], Row]] = {StrT: rows.STR_LENGTH, BytesT: rows.BYTES_LENGTH}


def subscript(node: ast.Subscript, base: ir.Expr, scope: Scope) -> ir.Expr | None:
    """`text[i]`, a str of one character, and `data[i]`, a u8; None for another base."""
    if not isinstance(base.type, StrT | BytesT):
        return None
    index = check(node.slice, scope)
    if not isinstance(index.type, IntT):
        raise scope.refuse("E202", f"an index is an integer, this is {index.type}", node.slice)
    return item(base, index, scope.span(node))


def item(base: ir.Expr, index: ir.Expr, span: Span) -> ir.Expr:
    """The element of a str or of bytes."""
    row = _ITEMS[type(base.type)]
    return ir.Intrinsic(row.name, (base, index), row.result, span)


def element_of(kind: StrT | BytesT) -> Type:
    """What the elements of the type are."""
    return _ITEMS[type(kind)].result


def length(base: ir.Expr, span: Span) -> ir.Expr:
    """How many elements a str or bytes have."""
    return ir.Intrinsic(_LENGTHS[type(base.type)].name, (base,), U64, span)


def contains(whole: ir.Expr, part: ir.Expr, span: Span) -> ir.Expr:
    """Whether a str or bytes stand somewhere in others."""
    return ir.Intrinsic(rows.TEXT_CONTAINS.name, (whole, part), BOOL, span)


def compare(op: ir.CompareOp, left: ir.Expr, right: ir.Expr, span: Span) -> ir.Compare:
    """`<` and its like: by the first code point or byte that differs; a beginning comes first."""
    order = ir.Intrinsic(rows.TEXT_ORDER.name, (left, right), I64, span)
    return ir.Compare(op, order, ir.IntLit(0, I64, span), BOOL, span)
