"""Division, powers and floats: what their types are, and what is computed now."""

import ast
from typing import Final

from conting_compiler.frontend.beginnings import meet_type
from conting_compiler.frontend.coerce import convert, integer, literal
from conting_compiler.frontend.intrinsics.numeric import ROOT
from conting_compiler.frontend.no_operator import how_to_use, instead_of_unary
from conting_compiler.frontend.parse import Node
from conting_compiler.frontend.scope import Scope
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    F64,
    I64,
    I128,
    U32,
    U64,
    U128,
    ArrayT,
    FloatT,
    IntT,
    Type,
)

_LARGEST_EXPONENT: Final = 256
"""The largest exponent for which a power of known numbers is computed now; beyond, it is refused or
computed on chain."""
_KNOWN_FLOATS: Final = frozenset(
    {ir.BinaryOp.ADD, ir.BinaryOp.SUB, ir.BinaryOp.MUL, ir.BinaryOp.DIV}
)
"""What IEEE 754 fixes to the last bit, on every machine."""
_EXACT_BITS: Final = 53
_HALF: Final = 0.5


def number_types(left: ir.Expr, right: ir.Expr) -> bool:
    """Whether both are integers or floats."""
    return isinstance(left.type, IntT | FloatT) and isinstance(right.type, IntT | FloatT)


def holds_floats(kind: Type) -> bool:
    """Whether it is an Array of floats: equal ones may differ in their bits (0.0 and -0.0)."""
    return isinstance(kind, ArrayT) and (
        isinstance(kind.element, FloatT) or holds_floats(kind.element)
    )


def divide(
    node: Node, pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], scope: Scope
) -> ir.Expr:
    """`left / right`: an f64; of two integers the exact quotient, rounded once."""
    for expr, part in zip(pair, nodes, strict=True):
        if not isinstance(expr.type, IntT | FloatT):
            raise scope.refuse("E218", f"{expr.type} has no '/'", node, how_to_use(expr, part))
    left, right = _meet(pair, nodes, scope)
    if is_zero(right):
        raise scope.refuse("E224", "division by zero", node)
    if isinstance(left, ir.IntLit) and isinstance(right, ir.IntLit):
        return ir.FloatLit(left.value / right.value, F64, scope.span(node))
    return fold(ir.Binary(ir.BinaryOp.DIV, left, right, F64, scope.span(node)))


def _as_floats(
    pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], scope: Scope
) -> tuple[ir.Expr, ir.Expr]:
    left, right = (convert(e, F64, scope, n) for e, n in zip(pair, nodes, strict=True))
    return left, right


def _meet(
    pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], scope: Scope
) -> tuple[ir.Expr, ir.Expr]:
    """Two integers of any types, in one that holds both, or as floats where there is none.

    Where one of them is a float both become floats.
    """
    left, right = pair
    if not (isinstance(left.type, IntT) and isinstance(right.type, IntT)):
        return _as_floats(pair, nodes, scope)
    for kind in (left.type, right.type, I64, I128):
        if all(kind.low <= each.low and each.high <= kind.high for each in (left.type, right.type)):
            return convert(left, kind, scope, nodes[0]), convert(right, kind, scope, nodes[1])
    raise scope.refuse(
        "E204",
        f"{left.type} and {right.type} do not mix",
        nodes[1],
        f"convert one of them, for example '{left.type}({ast.unparse(nodes[1])})'",
    )


def is_zero(expr: ir.Expr) -> bool:
    """Whether it is a literal 0."""
    return isinstance(expr, ir.IntLit | ir.FloatLit) and expr.value == 0


def fold(expr: ir.Binary) -> ir.Expr:
    """Computes an operation on two known floats, unless a NaN comes out."""
    left, right = expr.left, expr.right
    if not (isinstance(left, ir.FloatLit) and isinstance(right, ir.FloatLit)):
        return expr
    if expr.op not in _KNOWN_FLOATS or is_zero(right):
        return expr
    value = _COMPUTE[expr.op](left.value, right.value)
    return expr if value != value else ir.FloatLit(value, F64, expr.span)  # noqa: PLR0124 - a NaN


_COMPUTE: Final = {
    ir.BinaryOp.ADD: lambda a, b: a + b,
    ir.BinaryOp.SUB: lambda a, b: a - b,
    ir.BinaryOp.MUL: lambda a, b: a * b,
    ir.BinaryOp.DIV: lambda a, b: a / b,
}


def power(
    node: Node, pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], scope: Scope
) -> ir.Expr:
    """`base ** exponent`: of the base's type; an f64 where either is one or the exponent is a
    negative number.
    """
    base, exponent = pair
    for expr, part in zip(pair, nodes, strict=True):
        if not isinstance(expr.type, IntT | FloatT):
            raise scope.refuse("E218", f"{expr.type} has no '**'", node, how_to_use(expr, part))
    is_fraction = isinstance(exponent, ir.IntLit) and exponent.value < 0
    if isinstance(base.type, FloatT) or isinstance(exponent.type, FloatT) or is_fraction:
        return _float_power(node, convert(base, F64, scope, nodes[0]), exponent, nodes[1], scope)
    exponent = _exponent(exponent, nodes[1], scope)
    if isinstance(base, ir.IntLit) and isinstance(exponent, ir.IntLit):
        return literal(known_power(base.value, exponent.value, node, scope), base.type, scope, node)
    return ir.Binary(ir.BinaryOp.POW, base, exponent, base.type, scope.span(node))


def _float_power(
    node: Node, base: ir.Expr, exponent: ir.Expr, place: ast.expr, scope: Scope
) -> ir.Expr:
    """By its root where the exponent is 0.5, by products where it is known to be whole."""
    span = scope.span(node)
    if isinstance(exponent, ir.FloatLit) and exponent.value == _HALF:
        return ir.Intrinsic(ROOT.name, (base,), F64, span)
    if isinstance(exponent, ir.FloatLit) and exponent.value.is_integer():
        known = int(exponent.value)
        if I64.low <= known <= I64.high:
            exponent = integer(known, I64, scope, place)
    if not isinstance(exponent.type, FloatT):
        exponent = convert(exponent, I64, scope, place)
    return ir.Binary(ir.BinaryOp.POW, base, exponent, F64, span)


def _exponent(expr: ir.Expr, node: ast.expr, scope: Scope) -> ir.Expr:
    """The exponent of an integer: of an unsigned type of at most 64 bits."""
    assert isinstance(expr.type, IntT)
    if isinstance(expr, ir.IntLit):
        return convert(expr, U64, scope, node)
    if not expr.type.signed and expr.type.bits <= U64.bits:
        return expr
    why = "may be negative" if expr.type.signed else "is too wide"
    meet_type([expr], U32, scope)
    fix = f"write 'u32({ast.unparse(node)})'"
    raise scope.refuse("E204", f"an exponent of type {expr.type} {why}", node, fix)


def known_power(base: int, exponent: int, node: Node, scope: Scope) -> int:
    """A power of known integers; refuses what would be longer than any type."""
    if exponent > _LARGEST_EXPONENT and abs(base) > 1:
        raise scope.refuse("E205", "this power fits no type", node)
    if abs(base) <= 1 and exponent > 1:
        exponent = 2 - exponent % 2
    return int(base**exponent)


def comparable(
    pair: tuple[ir.Expr, ir.Expr], values: tuple[int | None, int | None], scope: Scope, node: Node
) -> tuple[ir.Expr, ir.Expr] | None:
    """An integer and a float, so that comparing them is exact; None for other pairs.

    `values` are those of the operands that are numbers without a type.
    """
    exact = [_exact(e, v, scope, node) for e, v in zip(pair, values, strict=True)]
    kinds = [expr.type for expr in exact]
    if sum(isinstance(k, FloatT) for k in kinds) != 1 or not number_types(exact[0], exact[1]):
        return None
    left, right = (_small_as_float(each) for each in exact)
    return left, right


def _exact(expr: ir.Expr, value: int | None, scope: Scope, node: Node) -> ir.Expr:
    """A number without a type that became another float, as an integer again."""
    if value is None or not isinstance(expr, ir.FloatLit) or expr.value == value:
        return expr
    for kind in (U64, I64, U128, I128):
        if kind.low <= value <= kind.high:
            return ir.IntLit(value, kind, expr.span)
    raise scope.refuse("E205", "this number fits no type", node)


def _small_as_float(expr: ir.Expr) -> ir.Expr:
    """An integer that every f64 operation takes exactly, as an f64."""
    if isinstance(expr.type, IntT) and expr.type.bits < _EXACT_BITS:
        if isinstance(expr, ir.IntLit):
            return ir.FloatLit(float(expr.value), F64, expr.span)
        return ir.Convert(expr, F64, expr.span)
    return expr


def signed(node: ast.UnaryOp, operand: ir.Expr, scope: Scope) -> ir.Expr:
    """`-x`, `+x` or `~x`."""
    if isinstance(operand.type, FloatT) and not isinstance(node.op, ast.Invert):
        return _signed_float(node, operand, scope)
    return _signed_integer(node, operand, scope)


def _signed_integer(node: ast.UnaryOp, operand: ir.Expr, scope: Scope) -> ir.Expr:
    if not isinstance(operand.type, IntT):
        fix = instead_of_unary(operand, node)
        raise scope.refuse("E218", f"{operand.type} has no such operator", node, fix)
    if isinstance(node.op, ast.UAdd):
        return operand
    if isinstance(node.op, ast.Invert):
        return ir.Unary(ir.UnaryOp.INVERT, operand, operand.type, scope.span(node))
    if not operand.type.signed:
        fix = "convert it to a signed type first, for example 'i64(x)'"
        raise scope.refuse("E218", f"{operand.type} has no negative values", node, fix)
    if isinstance(operand, ir.IntLit):
        return literal(-operand.value, operand.type, scope, node)
    return ir.Unary(ir.UnaryOp.NEGATE, operand, operand.type, scope.span(node))


def _signed_float(node: ast.UnaryOp, operand: ir.Expr, scope: Scope) -> ir.Expr:
    if isinstance(node.op, ast.UAdd):
        return operand
    if isinstance(operand, ir.FloatLit):
        return ir.FloatLit(-operand.value, F64, scope.span(node))
    return ir.Unary(ir.UnaryOp.NEGATE, operand, F64, scope.span(node))
