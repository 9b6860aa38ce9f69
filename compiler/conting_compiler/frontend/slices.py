"""`x[a:b]` of a str, bytes, list or Array, as in Python: a new value, so no place to store in."""

import ast
from typing import Final

from conting_compiler.frontend.coerce import literal, shown
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics import lists
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.intrinsics.table import Row
from conting_compiler.frontend.intrinsics.values import (
    ARRAY_SLICE,
    BYTES_SLICE,
    BYTES_TO_ARRAY,
    STR_SLICE,
)
from conting_compiler.frontend.iterating import ITERATORS
from conting_compiler.frontend.pairs import untyped
from conting_compiler.frontend.scope import Scope, check, collecting
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    I64,
    U8,
    ArrayT,
    BytesT,
    IntT,
    ListT,
    StrT,
    Type,
    is_packed,
)

_END: Final = I64.high
"""What is beyond the end of everything that a program can hold."""
_WORD: Final = 64
_RUN_OVER: Final = {*ITERATORS, Special.RANGE}


def check_slice(node: ast.Subscript, written: ast.Slice, scope: Scope) -> ir.Expr:
    """Types `base[start:stop]`."""
    if written.step is not None:
        fix = "take elements one by one"
        raise scope.refuse("E109", "the step of a slice is not part of the dialect", node, fix)
    base = check(node.value, scope)
    if isinstance(base.type, ArrayT):
        return _of_array(node, written, base, base.type, scope)
    row = _row(base.type)
    if row is None:
        fix = "only a str, bytes, a list or an Array has parts"
        raise scope.refuse("E218", f"{base.type} cannot be sliced", node, fix)
    bounds: list[ir.Expr] = []
    with collecting() as failed:
        for bound, otherwise in ((written.lower, 0), (written.upper, _END)):
            try:
                bounds.append(_bound(node, bound, otherwise, scope))
            except Refused:
                failed.append(True)
    return ir.Intrinsic(row.name, (base, *bounds), base.type, scope.span(node))


def _row(kind: Type) -> Row | None:
    match kind:
        case StrT():
            return STR_SLICE
        case BytesT():
            return BYTES_SLICE
        case ListT():
            return lists.SLICE
        case _:
            return None


def _bound(node: ast.Subscript, bound: ast.expr | None, otherwise: int, scope: Scope) -> ir.Expr:
    if bound is None:
        return literal(otherwise, I64, scope, node)
    value = check(bound, scope)
    if not isinstance(value.type, IntT):
        message = f"the bounds of a slice are integers, this is {value.type}"
        raise scope.refuse("E202", message, bound)
    if value.type.bits > _WORD:
        fix = f"write 'i64({shown(bound)})'"
        raise scope.refuse("E202", "the bounds of a slice have at most 64 bits", bound, fix)
    return value


def _of_array(
    node: ast.Subscript, written: ast.Slice, base: ir.Expr, kind: ArrayT, scope: Scope
) -> ir.Expr:
    """Its length is part of its type, so its bounds have to be known."""
    start, stop, _ = slice(
        _known(written.lower, node, scope), _known(written.upper, node, scope)
    ).indices(kind.length)
    if stop <= start:
        raise scope.refuse(
            "E223", f"this slice of {kind} is empty", node, "an Array is never empty"
        )
    if not is_packed(kind):
        fix = f"make a list of it: 'list({shown(node.value)})[{start}:{stop}]'"
        raise scope.refuse("E218", f"{kind} cannot be sliced", node, fix)
    place, length = (literal(each, I64, scope, node) for each in (start, stop - start))
    made = ArrayT(kind.element, stop - start)
    return ir.Intrinsic(ARRAY_SLICE.name, (base, place, length), made, scope.span(node))


def _known(bound: ast.expr | None, node: ast.Subscript, scope: Scope) -> int | None:
    if bound is None:
        return None
    found = untyped(bound, scope)
    if found is None:
        fix = f"make a list of it: 'list({shown(node.value)})[…]'"
        raise scope.refuse("E202", "the bounds of an Array's slice are constants", bound, fix)
    return found


def array_of_bytes(inner: ast.expr, length: int, node: ast.Call, scope: Scope) -> ir.Expr | None:
    """`Array(data, n)` of bytes; None where something else is given."""
    match inner:
        case ast.List() | ast.ListComp() | ast.GeneratorExp():
            return None
        case ast.Call(func=function) if scope.static(function) in _RUN_OVER:
            return None
    value = check(inner, scope)
    if not isinstance(value.type, BytesT):
        return None
    arguments = (value, literal(length, I64, scope, node))
    return ir.Intrinsic(BYTES_TO_ARRAY.name, arguments, ArrayT(U8, length), scope.span(node))
