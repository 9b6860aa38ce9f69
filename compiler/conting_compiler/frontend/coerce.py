"""Making a value have the type that is wanted where it stands."""

import ast
import math
from dataclasses import replace
from typing import Final

from conting_compiler.frontend.beginnings import meet_type, widens
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.table import Kind, Wanted, fits
from conting_compiler.frontend.parse import Node
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.walk import walk
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    F64,
    I64,
    U8,
    AccountLikeT,
    ArrayT,
    BytesT,
    EmptyT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    SignerT,
    Type,
    UncheckedT,
)

_LONGEST_SHOWN: Final = 60


def coerce(expr: ir.Expr, wanted: Type, scope: Scope, node: ast.expr) -> ir.Expr:
    """The value in the wanted type, widened if need be; refuses where it does not go by itself."""
    if expr.type == wanted:
        return expr
    if isinstance(wanted, OptionT) and not isinstance(expr.type, OptionT):
        value = coerce(expr, wanted.inner, scope, node)
        return ir.Some(value, wanted, scope.span(node))
    if isinstance(expr.type, IntT) and isinstance(wanted, IntT):
        if widens(expr.type, wanted):
            return convert(expr, wanted, scope, node)
        message = f"{expr.type} does not become {wanted} by itself"
        meet_type([expr], wanted, scope)
        raise scope.refuse("E204", message, node, f"write '{wanted}({shown(node)})'")
    if isinstance(expr.type, IntT) and isinstance(wanted, FloatT):
        return convert(expr, wanted, scope, node)
    if isinstance(expr.type, FloatT) and isinstance(wanted, IntT):
        raise refuse_float(expr, wanted, scope, node)
    is_there = not isinstance(expr.type, OptionT)
    if isinstance(wanted, UncheckedT) and ir.is_account(expr.type) and is_there:
        return expr
    raise refuse_type(expr.type, wanted, scope, node)


def check_as(node: ast.expr, wanted: Type, scope: Scope) -> ir.Expr:
    """Types an expression and coerces it to the wanted type."""
    return coerce(check(node, scope, _hint(node, wanted)), wanted, scope, node)


def _hint(node: ast.expr, wanted: Type) -> Type:
    """What a number in the place of an Option takes its type from."""
    match node:
        case ast.Constant(value=None) | ast.IfExp():
            return wanted
    return wanted.inner if isinstance(wanted, OptionT) else wanted


def check_wanted(
    node: ast.expr, wanted: Wanted, scope: Scope, *, takes_seeds: bool = False
) -> ir.Expr:
    """As check_as, for a type or a family of types; an authority must be able to sign, for which
    the call may take seeds.
    """
    if not isinstance(wanted, Kind):
        return check_as(node, wanted, scope)
    expr = check(node, scope)
    if wanted.signs:
        _check_signs(expr, wanted, scope, node, takes_seeds=takes_seeds)
    elif not fits(expr.type, wanted):
        message = f"{wanted.label} is wanted here, this is {expr.type}"
        fix = "take the account itself as a parameter, and give that"
        raise scope.refuse("E202", message, node, fix if isinstance(expr.type, PubkeyT) else None)
    return expr


def _check_signs(
    expr: ir.Expr, wanted: Kind, scope: Scope, node: ast.expr, *, takes_seeds: bool
) -> None:
    name = str(expr.type)
    declared = scope.declared.account(name)
    if not fits(expr.type, wanted):
        message = f"{name} cannot sign"
        fix = f"use {wanted.label}"
        if isinstance(expr.type, EmptyT):
            fix = "make it first with 'init', and use what that gives"
        elif takes_seeds and isinstance(expr.type, AccountLikeT):
            fix = f"give the seeds of its address, 'signer=[…]', or use {wanted.label}"
        raise scope.refuse("E311", message, node, fix)
    if declared is not None and declared.seeds is None:
        fix = f"declare the seeds of its address on the class {name}"
        if takes_seeds:
            fix = (
                f"give the seeds of its address, 'signer=[…]', or declare them on the class {name}"
            )
        raise scope.refuse("E311", f"{name} has no seeds to sign with", node, fix)


def refuse_type(actual: Type, wanted: Type, scope: Scope, node: ast.expr) -> Refused:
    """Reports a value of the wrong type, with the fix for the usual mistakes."""
    fix = None
    if isinstance(actual, OptionT):
        fix = f"test it first: '{shown(node)} is not None'"
    elif isinstance(actual, EmptyT) and actual.inner == wanted:
        fix = f"keep what init gives, and use that: '{shown(node)} = {shown(node)}.init(…)'"
    elif isinstance(wanted, BytesT) and isinstance(actual, ListT):
        fix = f"keep it as 'bytes', or make an Array of it: 'bytes_of(Array({shown(node)}, 4))'"
    elif isinstance(wanted, BytesT):
        fix = f"write 'bytes_of({shown(node)})'"
    elif str(wanted) == "Pubkey" and ir.is_account(actual):
        fix = f"write '{shown(node)}.key()'"
    elif str(wanted) == "str" and isinstance(actual, IntT):
        fix = f"write 'str({shown(node)})'"
    elif isinstance(wanted, SignerT) and ir.is_account(actual):
        fix = f"take '{shown(node)}' as a Signer"
    elif isinstance(wanted, ArrayT) and _elements(actual) == wanted.element:
        fix = f"write 'Array({shown(node)}, {wanted.length})'"
    return scope.refuse("E202", f"{wanted} is wanted here, this is {actual}", node, fix)


def _elements(kind: Type) -> Type | None:
    """What an Array made of a value would hold."""
    if isinstance(kind, BytesT):
        return U8
    return kind.element if isinstance(kind, ListT) else None


def refuse_float(expr: ir.Expr, wanted: IntT, scope: Scope, node: ast.expr) -> Refused:
    """Reports a float where an integer is wanted."""
    fix = f"write '{wanted}({shown(node)})', which drops the fraction"
    divides = any(isinstance(e, ir.Binary) and e.op is ir.BinaryOp.DIV for e in walk(expr))
    if divides or any(isinstance(each, ast.Div) for each in ast.walk(node)):
        fix = "use '//' for integer division"
    return scope.refuse("E203", f"{wanted} is wanted here, this is f64", node, fix)


def common_type(left: Type, right: Type) -> Type | None:
    """The type in which two values meet; None where they do not."""
    if left == right:
        return left
    if isinstance(left, IntT) and isinstance(right, IntT):
        if widens(left, right):
            return right
        return left if widens(right, left) else None
    numbers = IntT | FloatT
    return F64 if isinstance(left, numbers) and isinstance(right, numbers) else None


def convert(expr: ir.Expr, kind: IntT | FloatT, scope: Scope, node: ast.expr) -> ir.Expr:
    """The number in another type; done now where the value is known."""
    if expr.type == kind:
        return expr
    if isinstance(expr, ir.IntLit):
        return replace(literal(expr.value, kind, scope, node), span=expr.span)
    if isinstance(expr, ir.FloatLit) and isinstance(kind, IntT) and math.isfinite(expr.value):
        return replace(literal(int(expr.value), kind, scope, node), span=expr.span)
    return ir.Convert(expr, kind, scope.span(node))


def literal(value: int, hint: Type | None, scope: Scope, node: Node) -> ir.IntLit | ir.FloatLit:
    """A number in the hinted type, or i64 where that is no type of numbers; it has to fit."""
    if isinstance(hint, FloatT):
        return ir.FloatLit(float(value), F64, scope.span(node))
    return integer(value, hint, scope, node)


def integer(value: int, hint: Type | None, scope: Scope, node: Node) -> ir.IntLit:
    """A number in the hinted type, or i64 where that is no integer type; it has to fit."""
    kind = hint if isinstance(hint, IntT) else I64
    if not kind.low <= value <= kind.high:
        message = f"{shown_number(value)} does not fit {kind} ({kind.low} … {kind.high})"
        raise scope.refuse("E205", message, node, "use a wider type or another number")
    return ir.IntLit(value, kind, scope.span(node))


def shown(node: ast.expr) -> str:
    """The source of an expression for use in a message."""
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST_SHOWN and "\n" not in text else "…"


def shown_number(value: int) -> str:
    """A number for use in a message; Python refuses to print huge ones."""
    bits = value.bit_length()
    return str(value) if bits <= 256 else f"a number of {bits} bits"  # noqa: PLR2004 - readable
