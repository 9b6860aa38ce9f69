"""Two operands that meet in one type, and numbers that have none yet.

Numbers without a type (literals, constants such as `N = 3`, and arithmetic on them) are computed
exactly, as Python does, and take the type of the other operand. So does a choice of such numbers
(`1 if c else 0`), and arithmetic on choices.
"""

import ast
import operator
from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Final

from conting_compiler.frontend import numeric
from conting_compiler.frontend.beginnings import meet_both
from conting_compiler.frontend.coerce import (
    common_type,
    convert,
    integer,
    shown,
    shown_number,
)
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.modules import Definition
from conting_compiler.frontend.options import how_to_test
from conting_compiler.frontend.parse import Node
from conting_compiler.frontend.scope import Scope, check, check_all
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import I64, EnumT, FloatT, IntT, OptionT, Type

WIDEST: Final = 256
"""Bits of the widest number that arithmetic on literals may give on its way."""
_MOST_CHOICES: Final = 4096
"""Numbers that arithmetic on choices may come to."""
_MOST_PAIRS: Final = 16 * _MOST_CHOICES
"""Pairs of numbers of which an operator is computed to learn that."""
_TOO_MANY: Final = "these choices may come to too many numbers"
_WIDTH_OF_EACH: Final = "give each choice its width, for example 'u64(1 if late else 0)'"


BINARY: Final[dict[type[ast.operator], tuple[ir.BinaryOp, Callable[[int, int], int]]]] = {
    ast.Add: (ir.BinaryOp.ADD, operator.add),
    ast.Sub: (ir.BinaryOp.SUB, operator.sub),
    ast.Mult: (ir.BinaryOp.MUL, operator.mul),
    ast.FloorDiv: (ir.BinaryOp.FLOOR_DIV, operator.floordiv),
    ast.Mod: (ir.BinaryOp.MOD, operator.mod),
    ast.BitAnd: (ir.BinaryOp.AND, operator.and_),
    ast.BitOr: (ir.BinaryOp.OR, operator.or_),
    ast.BitXor: (ir.BinaryOp.XOR, operator.xor),
    ast.LShift: (ir.BinaryOp.SHIFT_LEFT, operator.lshift),
    ast.RShift: (ir.BinaryOp.SHIFT_RIGHT, operator.rshift),
    ast.Pow: (ir.BinaryOp.POW, operator.pow),
}
"""Operators, and what they give of exact numbers."""
_DIVISIONS: Final = (ast.FloorDiv, ast.Mod)
_SHIFTS: Final = (ast.LShift, ast.RShift)
_UNARY: Final[dict[type[ast.unaryop], Callable[[int], int]]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
}


def untyped(node: ast.expr, scope: Scope) -> int | None:
    """The value of a number that has no type yet; None for any other expression."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name():
            return _untyped_constant(node, scope)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            plain = untyped(operand, scope)
            return None if plain is None else _UNARY[type(op)](plain)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            first, second = untyped(left, scope), untyped(right, scope)
            if first is None or second is None:
                return None
            return _compute(node, first, second, scope)
    return None


def _untyped_constant(node: ast.Name, scope: Scope) -> int | None:
    meaning = scope.module.names.get(node.id)
    if node.id in scope.assigned or not isinstance(meaning, Definition):
        return None
    value = scope.declared.constants.get(meaning)
    return value if isinstance(value, int) else None


def _compute(node: ast.BinOp, left: int, right: int, scope: Scope) -> int | None:
    if isinstance(node.op, ast.Pow):
        return None if right < 0 else numeric.known_power(left, right, node, scope)
    if isinstance(node.op, ast.FloorDiv | ast.Mod) and right == 0:
        raise scope.refuse("E224", "division by zero", node)
    if isinstance(node.op, ast.LShift | ast.RShift) and not 0 <= right <= WIDEST:
        raise scope.refuse("E205", f"cannot shift by {shown_number(right)}", node)
    value = BINARY[type(node.op)][1](left, right)
    if value.bit_length() > WIDEST:
        raise scope.refuse("E205", f"{shown_number(value)} fits no type", node)
    return value


# --- choices of numbers without a type


def chosen(node: ast.expr, scope: Scope) -> frozenset[int] | None:
    """What a choice of numbers without a type may come to (`1 if c else 0`), or arithmetic on such;
    None for any other expression.
    """
    return None if untyped(node, scope) is not None else _outcomes(node, scope)


def _outcomes(node: ast.expr, scope: Scope) -> frozenset[int] | None:
    value = untyped(node, scope)
    if value is not None:
        return frozenset({value})
    match node:
        case ast.IfExp(body=left, orelse=right):
            pair = _both(left, right, scope)
            return None if pair is None else _few(pair[0] | pair[1], node, scope)
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            found = _outcomes(operand, scope)
            return None if found is None else frozenset(map(_UNARY[type(op)], found))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            pair = _both(left, right, scope)
            return None if pair is None else _calculated(node, pair, scope)
    return None


def _both(
    left: ast.expr, right: ast.expr, scope: Scope
) -> tuple[frozenset[int], frozenset[int]] | None:
    first = _outcomes(left, scope)
    second = None if first is None else _outcomes(right, scope)
    return None if first is None or second is None else (first, second)


def _calculated(
    node: ast.BinOp, pair: tuple[frozenset[int], frozenset[int]], scope: Scope
) -> frozenset[int] | None:
    """What an operator may give; None for a power whose exponent is no known number."""
    right = pair[1]
    if isinstance(node.op, _DIVISIONS) and 0 in right:
        raise scope.refuse("E224", "this may be a division by zero", node)
    if isinstance(node.op, _SHIFTS) and (min(right) < 0 or max(right) > WIDEST):
        raise scope.refuse("E205", "cannot shift by all of these numbers", node)
    if isinstance(node.op, ast.Pow) and (len(right) > 1 or min(right) < 0):
        return None  # an exponent has a type of its own
    if len(pair[0]) * len(right) > _MOST_PAIRS:
        raise scope.refuse("E205", _TOO_MANY, node, _WIDTH_OF_EACH)
    compute = BINARY[type(node.op)][1]
    if isinstance(node.op, ast.Pow):
        compute = partial(numeric.known_power, node=node, scope=scope)
    values = frozenset(compute(one, two) for one, two in product(pair[0], right))
    return _few(values, node, scope)


def _few(values: frozenset[int], node: ast.expr, scope: Scope) -> frozenset[int]:
    if len(values) > _MOST_CHOICES:
        raise scope.refuse("E205", _TOO_MANY, node, _WIDTH_OF_EACH)
    for each in (min(values), max(values)):
        if each.bit_length() > WIDEST:
            raise scope.refuse("E205", f"{shown_number(each)} fits no type", node)
    return values


def hint_of(node: ast.expr, other: Type | None, scope: Scope) -> Type | None:
    """The type that a number without one takes from another; a choice takes no f64, for in a
    comparison its integers are exact.
    """
    is_choice = isinstance(other, FloatT) and chosen(node, scope) is not None
    return None if is_choice else other


def converted_hint(node: ast.expr, kind: IntT, scope: Scope) -> Type | None:
    """What `u64(x)` makes of a number without a type at once; a choice that may not fit is
    converted at run time.
    """
    if chosen(node, scope) is None:
        return kind if takes_type(node, scope) else None
    return kind if _takes_all(node, kind, scope) else None


def _takes_all(node: ast.expr, kind: IntT, scope: Scope) -> bool:
    """Whether the type holds all that a choice may come to, also on its way there."""
    values = _outcomes(node, scope)
    if values is None or not all(kind.low <= each <= kind.high for each in values):
        return False
    if untyped(node, scope) is not None:
        return True
    match node:
        case ast.IfExp(body=left, orelse=right) | ast.BinOp(left=left, right=right):
            return _takes_all(left, kind, scope) and _takes_all(right, kind, scope)
        case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=operand):
            return kind.signed and _takes_all(operand, kind, scope)
        case ast.UnaryOp(operand=operand):
            return _takes_all(operand, kind, scope)
    return True


def check_outcomes(node: ast.BinOp | ast.UnaryOp, hint: Type | None, scope: Scope) -> None:
    """Refuses arithmetic on choices that comes to what does not fit the type of integers."""
    values = chosen(node, scope)
    if values is None:
        return
    kind = hint if isinstance(hint, IntT) else I64
    for each in (min(values), max(values)):
        integer(each, kind, scope, node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, _SHIFTS):
        most = max(_outcomes(node.right, scope) or {0})
        if most >= kind.bits:
            fix = "give what is shifted its width, for example 'u64(…)'"
            raise scope.refuse("E205", f"{kind} is not shifted by {most}", node, fix)


# --- pairs


def check_pair(
    left: ast.expr, right: ast.expr, scope: Scope, hint: Type | None = None
) -> tuple[ir.Expr, ir.Expr]:
    """Types two operands that should meet; a number without a type takes that of the other."""
    first, second = takes_type(left, scope), takes_type(right, scope)
    if first and not second:
        other = check(right, scope, hint)
        return check(left, scope, hint_of(left, other.type, scope)), other
    if second and not first:
        other = check(left, scope, hint)
        return other, check(right, scope, hint_of(right, other.type, scope))
    lists = [_is_open_list(each, scope) for each in (left, right)]
    if lists[0] == lists[1]:
        lists = [isinstance(each, ast.List) for each in (left, right)]
    if hint is None and lists[0] != lists[1]:
        if lists[1]:
            one = check(left, scope)
            return one, check(right, scope, one.type)
        two = check(right, scope)
        return check(left, scope, two.type), two
    if hint is None and not any(lists):
        one, two = check_all([left, right], scope)
        return one, two
    return check(left, scope, hint), check(right, scope, hint)


def _is_open_list(node: ast.expr, scope: Scope) -> bool:
    """Whether a list of numbers without a type is written out there, also `[0] * n`."""
    match node:
        case ast.List(elts=elements):
            return all(takes_type(each, scope) for each in elements)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            return _is_open_list(left, scope) or _is_open_list(right, scope)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _is_open_list(left, scope) and _is_open_list(right, scope)
    return False


def takes_type(node: ast.expr, scope: Scope) -> bool:
    """Whether the expression is a number of whatever type the other operand has.

    So are numbers without a type, powers of them (`amount * 10 ** decimals`), and choices.
    """
    if _outcomes(node, scope) is not None:
        return True
    match node:
        case ast.BinOp(op=ast.Pow(), left=base):
            return untyped(base, scope) is not None
        case ast.IfExp(body=body, orelse=other):
            return takes_type(body, scope) and takes_type(other, scope)
    return False


def meet(
    exprs: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], whole: Node, scope: Scope
) -> tuple[ir.Expr, ir.Expr, Type]:
    """Both values in their common type; refuses types that do not mix."""
    (left, right), (left_node, right_node) = exprs, nodes
    kind = common_type(left.type, right.type)
    if kind is None:
        raise _refuse_mix(exprs, nodes, whole, scope)
    if isinstance(kind, IntT | FloatT):
        left = convert(left, kind, scope, left_node)
        right = convert(right, kind, scope, right_node)
    return left, right, kind


def _refuse_mix(
    exprs: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], whole: Node, scope: Scope
) -> Refused:
    left, right = (each.type for each in exprs)
    if isinstance(left, IntT) and isinstance(right, IntT):
        fix = f"convert one of them, for example '{left}({shown(nodes[1])})'"
        meet_both(exprs, scope)
        return scope.refuse("E204", f"{left} and {right} do not mix", whole, fix)
    if ir.is_account(left) or ir.is_account(right):
        fix = "compare addresses: 'a.key() == b.key()'"
        return scope.refuse("E212", f"{left} and {right} do not compare", whole, fix)
    if isinstance(whole, ast.Compare):
        fix_or_none = None
        if {str(left), str(right)} == {"Pubkey", "str"}:
            text = nodes[0] if str(left) == "str" else nodes[1]
            fix_or_none = f"write 'Pubkey({shown(text)})'"
        elif isinstance(left, EnumT) or isinstance(right, EnumT):
            fix_or_none = "compare values of one enum; a variant is no number"
        elif isinstance(left, OptionT) or isinstance(right, OptionT):
            fix_or_none = how_to_test(nodes[0] if isinstance(left, OptionT) else nodes[1])
        return scope.refuse("E212", f"{left} and {right} do not compare", whole, fix_or_none)
    return scope.refuse("E202", f"{left} and {right} do not meet in one type", whole)
