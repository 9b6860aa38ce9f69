"""Arithmetic, comparisons, logic, and the choice between two values."""

import ast
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from conting_compiler.frontend import numeric, texts
from conting_compiler.frontend.coerce import (
    check_as,
    literal,
    shown,
)
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.equality import equal, has_equality
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.lists import JOINED, REPEATED
from conting_compiler.frontend.intrinsics.values import BYTES_OF
from conting_compiler.frontend.no_operator import instead_of_binary
from conting_compiler.frontend.once import chain
from conting_compiler.frontend.options import given_if, none_test
from conting_compiler.frontend.pairs import (
    BINARY,
    WIDEST,
    check_outcomes,
    check_pair,
    chosen,
    meet,
    takes_type,
    untyped,
)
from conting_compiler.frontend.parse import Node
from conting_compiler.frontend.scope import Scope, check, collecting
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BOOL,
    BYTES,
    I64,
    STR,
    ArrayT,
    BoolT,
    BytesT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    StrT,
    Type,
    is_packed,
)

_COMPARE: Final[dict[type[ast.cmpop], ir.CompareOp]] = {
    ast.Eq: ir.CompareOp.EQ,
    ast.NotEq: ir.CompareOp.NE,
    ast.Lt: ir.CompareOp.LT,
    ast.LtE: ir.CompareOp.LE,
    ast.Gt: ir.CompareOp.GT,
    ast.GtE: ir.CompareOp.GE,
}
_ON_FLOATS: Final = frozenset({ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod})
_EQUALITY: Final = (ir.CompareOp.EQ, ir.CompareOp.NE)
_COMPARABLE: Final = (IntT, FloatT, BoolT, EnumT, PubkeyT, StrT, BytesT, ArrayT)


# --- arithmetic ----------------------------------------------------------------------------------


@check.register
def _binary(node: ast.BinOp, scope: Scope, hint: Type | None = None) -> ir.Expr:
    value = untyped(node, scope)
    if value is not None:
        return literal(value, hint, scope, node)
    check_outcomes(node, hint, scope)
    return binary(node, node.left, node.right, scope, hint)


def binary(
    node: ast.BinOp | ast.AugAssign,
    left: ast.expr,
    right: ast.expr,
    scope: Scope,
    hint: Type | None = None,
) -> ir.Expr:
    """`left op right`, also as part of `left op= right`; `hint` is for powers and for lists."""
    if isinstance(node.op, ast.Pow):
        return _power(node, left, right, scope, hint)
    first, second = _operands(node.op, (left, right), scope, hint)
    if isinstance(node.op, ast.Div):
        return numeric.divide(node, (first, second), (left, right), scope)
    if type(node.op) not in BINARY:
        raise scope.refuse("E218", "'@' is not part of the dialect", node, "multiply numbers")
    op, compute = BINARY[type(node.op)]
    joined = _join(op, first, second, scope, node)
    if joined is not None:
        return joined
    for place, expr in enumerate((first, second)):
        is_float = isinstance(expr.type, FloatT) and type(node.op) in _ON_FLOATS
        if not is_float and not isinstance(expr.type, IntT):
            fix = instead_of_binary(op, (first, second), (left, right), place)
            message = f"{expr.type} has no '{op.value}'"
            if isinstance(first.type, ListT) and isinstance(second.type, ListT):
                message = f"{first.type} {op.value} {second.type} gives no list"
            raise scope.refuse("E218", message, node, fix)
    first, second, kind = meet((first, second), (left, right), node, scope)
    is_division = op in {ir.BinaryOp.FLOOR_DIV, ir.BinaryOp.MOD}
    if is_division and numeric.is_zero(second):
        raise scope.refuse("E224", "division by zero", node)
    result = ir.Binary(op, first, second, kind, scope.span(node))
    if isinstance(kind, FloatT):
        return numeric.fold(result)
    return _fold(result, compute, scope, node)


def _operands(
    op: ast.operator, nodes: tuple[ast.expr, ast.expr], scope: Scope, hint: Type | None
) -> tuple[ir.Expr, ir.Expr]:
    """Both sides; a list that is written out is of the wanted kind: `[0] * n`."""
    if not isinstance(hint, ListT) or not isinstance(op, ast.Add | ast.Mult):
        is_open = isinstance(hint, IntT) and all(_is_open(each, scope) for each in nodes)
        return check_pair(*nodes, scope, hint if is_open else None)
    left, right = (check(n, scope, hint if _is_list(n) else None) for n in nodes)
    return left, right


def _is_open(node: ast.expr, scope: Scope) -> bool:
    """Whether it is a number without a type or a choice of such."""
    return untyped(node, scope) is not None or chosen(node, scope) is not None


def _is_list(node: ast.expr) -> bool:
    """Whether a list is written out there, or what is computed with one."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Mult(), left=left, right=right):
            return _is_list(left) or _is_list(right)
    return isinstance(node, ast.List)


def _power(
    node: ast.BinOp | ast.AugAssign,
    left: ast.expr,
    right: ast.expr,
    scope: Scope,
    hint: Type | None,
) -> ir.Expr:
    """A base without a type takes the hint, for the exponent says nothing about it."""
    with collecting() as failed:
        try:
            base = check(left, scope, hint)
        except Refused:
            failed.append(True)
        exponent = check(right, scope)
    return numeric.power(node, (base, exponent), (left, right), scope)


def _join(
    op: ir.BinaryOp, left: ir.Expr, right: ir.Expr, scope: Scope, node: ast.BinOp | ast.AugAssign
) -> ir.Expr | None:
    if op is ir.BinaryOp.MUL:
        return _repeat(left, right, scope, node)
    if op is not ir.BinaryOp.ADD or left.type != right.type:
        return None
    if isinstance(left.type, ListT):
        return ir.Intrinsic(JOINED.name, (left, right), left.type, scope.span(node))
    if isinstance(left.type, StrT):
        return ir.Format((left, right), STR, scope.span(node))
    if isinstance(left.type, BytesT):
        return ir.Intrinsic(BYTES_OF.name, (left, right), BYTES, scope.span(node))
    return None


def _repeat(
    left: ir.Expr, right: ir.Expr, scope: Scope, node: ast.BinOp | ast.AugAssign
) -> ir.Expr | None:
    """`list * n`, `n * list`: a new list."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one.type, ListT) and isinstance(other.type, IntT):
            if other.type.bits > I64.bits:
                fix = "convert it, for example 'u64(…)'"
                raise scope.refuse("E202", f"a list is not repeated {other.type} times", node, fix)
            return ir.Intrinsic(REPEATED.name, (one, other), one.type, scope.span(node))
    return None


def _fold(expr: ir.Binary, compute: Callable[[int, int], int], scope: Scope, node: Node) -> ir.Expr:
    """Computes an operation on two known numbers."""
    if not (isinstance(expr.left, ir.IntLit) and isinstance(expr.right, ir.IntLit)):
        return expr
    is_shift = expr.op in {ir.BinaryOp.SHIFT_LEFT, ir.BinaryOp.SHIFT_RIGHT}
    if is_shift and not 0 <= expr.right.value <= WIDEST:
        raise scope.refuse("E205", f"cannot shift by {expr.right.value}", node)
    value = compute(expr.left.value, expr.right.value)
    return literal(value, expr.type, scope, node)


@check.register
def _unary(node: ast.UnaryOp, scope: Scope, hint: Type | None = None) -> ir.Expr:
    value = untyped(node, scope)
    if value is not None:
        return literal(value, hint, scope, node)
    if isinstance(node.op, ast.Not):
        operand = check_condition(node.operand, scope)
        return ir.Unary(ir.UnaryOp.NOT, operand, BOOL, scope.span(node))
    check_outcomes(node, hint, scope)
    return numeric.signed(node, check(node.operand, scope, hint), scope)


# --- comparison and logic ------------------------------------------------------------------------

MEMBERSHIP: Final[dict[type[ast.cmpop], Callable[[ast.expr, ast.expr, Scope], ir.Expr]]] = {}
"""`in` and `not in`: `membership` adds them, who knows what can be run over."""


def check_condition(node: ast.expr, scope: Scope) -> ir.Expr:
    """Types a condition, which has to be a bool."""
    expr = check(node, scope)
    if isinstance(expr.type, BoolT):
        return expr
    fixes = {
        IntT: "{} != 0",
        FloatT: "{} != 0",
        StrT: '{} != ""',
        BytesT: '{} != b""',
        OptionT: "{} is not None",
        ListT: "len({}) > 0",
    }
    form = fixes.get(type(expr.type))
    fix = None if form is None else f"write '{form.format(shown(node))}'"
    raise scope.refuse("E211", f"a condition is a bool, this is {expr.type}", node, fix)


@check.register
def _boolean(node: ast.BoolOp, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    operands: list[ir.Expr] = []
    is_and = isinstance(node.op, ast.And)
    before = scope.flow
    with collecting() as failed:
        for each in node.values:
            try:
                operands.append(check_condition(each, scope))
            except Refused:
                failed.append(True)
            scope.know(given_if(each, scope, holds=is_and))
        scope.flow = before
    return ir.BoolOp("and" if is_and else "or", tuple(operands), BOOL, scope.span(node))


@check.register
def _compare(node: ast.Compare, scope: Scope, hint: Type | None = None) -> ir.Expr:
    del hint
    operands = [node.left, *node.comparators]
    if len(node.ops) == 1 and type(node.ops[0]) in MEMBERSHIP:
        return MEMBERSHIP[type(node.ops[0])](node.left, node.comparators[0], scope)
    test = none_test(node, scope)
    if test is not None:
        return test
    links = [
        _comparison(node, op, pair, scope)
        for op, pair in zip(node.ops, pairwise(operands), strict=True)
    ]
    if len(links) == 1:
        return links[0]
    if all(map(is_repeatable, links)):
        return ir.BoolOp("and", tuple(links), BOOL, scope.span(node))
    found = chain(node, lambda op, pair: _comparison(node, op, pair, scope), scope)
    if found is None:
        fix = "put it into a variable first"
        message = "this would run twice in a chain of comparisons"
        raise scope.refuse("E221", message, node, fix)
    return found


def _comparison(
    node: ast.Compare, op: ast.cmpop, nodes: tuple[ast.expr, ast.expr], scope: Scope
) -> ir.Expr:
    if type(op) not in _COMPARE:
        word = {ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in"}[type(op)]
        fix = "use '==' or '!='" if "is" in word else "compare with each in a loop"
        raise scope.refuse("E109", f"'{word}' is not part of the dialect", node, fix)
    kind_of = _COMPARE[type(op)]
    pair = check_pair(*nodes, scope)
    values = untyped(nodes[0], scope), untyped(nodes[1], scope)
    pair = (_exact_power(pair[0], nodes[0], scope), _exact_power(pair[1], nodes[1], scope))
    mixed = numeric.comparable(pair, values, scope, node)
    if mixed is not None:
        return ir.Compare(kind_of, *mixed, BOOL, scope.span(node))
    left, right, kind = meet(pair, nodes, node, scope)
    if kind_of in _EQUALITY and has_equality(kind, scope):
        is_other = kind_of is ir.CompareOp.NE
        return equal(left, right, scope, scope.span(node), negated=is_other)
    is_boxed = isinstance(kind, ArrayT) and not is_packed(kind)
    if is_boxed or numeric.holds_floats(kind) or not isinstance(kind, _COMPARABLE):
        is_account = ir.is_account(kind)
        fix = "compare addresses: 'a.key() == b.key()'" if is_account else "compare their parts"
        raise scope.refuse("E212", f"values of {kind} do not compare", node, fix)
    if kind_of not in _EQUALITY and isinstance(kind, StrT | BytesT):
        return texts.compare(kind_of, left, right, scope.span(node))
    if kind_of not in _EQUALITY and not isinstance(kind, IntT | FloatT):
        fix = "only numbers, texts and bytes have an order"
        raise scope.refuse("E212", f"{kind} has no '{kind_of.value}'", node, fix)
    return ir.Compare(kind_of, left, right, BOOL, scope.span(node))


def _exact_power(expr: ir.Expr, node: ast.expr, scope: Scope) -> ir.Expr:
    """A power of a number without a type that is compared with a float: an integer again."""
    is_power = untyped(node, scope) is None and takes_type(node, scope)
    return check(node, scope, I64) if is_power and isinstance(expr.type, FloatT) else expr


@check.register
def _conditional(node: ast.IfExp, scope: Scope, hint: Type | None = None) -> ir.Expr:
    test = check_condition(node.test, scope)
    pair = _either(node, scope, hint)
    then, otherwise, kind = meet(pair, (node.body, node.orelse), node, scope)
    return ir.Conditional(test, then, otherwise, kind, scope.span(node))


def _either(node: ast.IfExp, scope: Scope, hint: Type | None) -> tuple[ir.Expr, ir.Expr]:
    """Both sides, each where the test says what it says of Options."""
    sides = {
        True: given_if(node.test, scope, holds=True),
        False: given_if(node.test, scope, holds=False),
    }
    if not isinstance(hint, OptionT) and not any(sides.values()):
        return check_pair(node.body, node.orelse, scope, hint)
    found: dict[bool, ir.Expr] = {}
    before = scope.flow
    parts = {True: node.body, False: node.orelse}
    for side in sorted(parts, key=lambda each: takes_type(parts[each], scope)):
        scope.know(sides[side])
        if isinstance(hint, OptionT):
            found[side] = check_as(parts[side], hint, scope)
        else:
            other = next((each.type for each in found.values()), None)
            found[side] = check(parts[side], scope, hint or other)
        scope.flow = before
    return found[True], found[False]
