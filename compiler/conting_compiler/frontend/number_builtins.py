"""Calls of builtins on numbers: min, max, abs, pow, round, floor, ceil, and conversions to f64."""

import ast
import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Final

from conting_compiler.frontend.arguments import bind, check_bound
from conting_compiler.frontend.beginnings import meet_type
from conting_compiler.frontend.coerce import (
    common_type,
    convert,
    integer,
    literal,
    shown,
)
from conting_compiler.frontend.intrinsics.numeric import INTRINSIC_OF, NumberBuiltin
from conting_compiler.frontend.intrinsics.table import Parameter
from conting_compiler.frontend.operators import binary
from conting_compiler.frontend.pairs import hint_of, takes_type, untyped
from conting_compiler.frontend.scope import Scope, check, check_all
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import BOOL, F64, I128, U8, FloatT, IntT, ListT, Type

_VALUE: Final = (Parameter("x", F64),)
_BYTES: Final = (Parameter("n", F64), Parameter("be", BOOL, optional=True))
_POWER: Final = (Parameter("base", F64), Parameter("exp", F64))
_MOST_NUMBERS: Final = 64
"""What `min` and `max` take: LLVM's time grows with the square of it."""


def call(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    """Types a call of a builtin on numbers."""
    return _CALLS[meaning](node, meaning, scope)


def _extreme(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    """min and max of two or more numbers, in the type in which they meet."""
    name = meaning.value
    if node.keywords or len(node.args) < 2:  # noqa: PLR2004 - it takes two at least
        fix = f"write '{name}(a, b)'{_of_list(node, meaning)}"
        raise scope.refuse("E208", f"'{name}' takes two numbers or more", node, fix)
    if len(node.args) > _MOST_NUMBERS:
        fix = "compare the elements of a List in a loop"
        message = f"'{name}' takes at most {_MOST_NUMBERS} numbers"
        raise scope.refuse("E208", message, node, fix)
    for each in node.args:
        if isinstance(each, ast.Starred):
            raise scope.refuse("E208", "'*' is not supported", each, "write out each argument")
    values, kind = _meeting(node.args, scope)
    arguments = tuple(
        convert(value, kind, scope, each) for value, each in zip(values, node.args, strict=True)
    )
    return ir.Intrinsic(INTRINSIC_OF[meaning], arguments, kind, scope.span(node))


def _of_list(node: ast.Call, meaning: NumberBuiltin) -> str:
    """What to write where the numbers are those of a list."""
    if len(node.args) != 1 or node.keywords:
        return ""
    inner = node.args[0]
    values = shown(inner.value if isinstance(inner, ast.Starred) else inner)
    place = "0" if meaning is NumberBuiltin.MIN else "-1"
    return f"; of a list it is 'sorted({values})[{place}]'"


def _meeting(nodes: Sequence[ast.expr], scope: Scope) -> tuple[list[ir.Expr], IntT | FloatT]:
    """Numbers, and the type in which all of them meet; those without a type take it."""
    open_ones = [takes_type(each, scope) for each in nodes]
    closed = [each for each, is_open in zip(nodes, open_ones, strict=True) if not is_open]
    typed = dict(zip(closed, check_all(closed, scope), strict=True))
    for each, expr in typed.items():
        _require_number(expr, each, scope)
    kinds: list[Type] = [expr.type for expr in typed.values()]
    known = list(typed.values())
    hint = reduce(lambda one, two: _common(one, two, known, nodes, scope), kinds) if kinds else None
    values = [
        typed[each] if each in typed else check(each, scope, hint_of(each, hint, scope))
        for each in nodes
    ]
    met = [each.type for each in values]
    kind = reduce(lambda one, two: _common(one, two, values, nodes, scope), met)
    assert isinstance(kind, IntT | FloatT)
    return values, kind


def _common(
    left: Type, right: Type, values: Sequence[ir.Expr], nodes: Sequence[ast.expr], scope: Scope
) -> Type:
    kind = common_type(left, right)
    if kind is None:
        for each in (left, right):
            meet_type([v for v in values if v.type != each], each, scope)
        fix = f"convert one of them, for example '{left}({shown(nodes[-1])})'"
        raise scope.refuse("E204", f"{left} and {right} do not mix", nodes[0], fix)
    return kind


def _require_number(expr: ir.Expr, node: ast.expr, scope: Scope) -> None:
    if not isinstance(expr.type, IntT | FloatT):
        raise scope.refuse("E202", f"a number is wanted here, this is {expr.type}", node)


def _absolute(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    argument = bind(node, _VALUE, scope)["x"]
    value = untyped(argument, scope)
    if value is not None:
        return literal(abs(value), None, scope, node)
    operand = check(argument, scope)
    _require_number(operand, argument, scope)
    return ir.Intrinsic(INTRINSIC_OF[meaning], (operand,), operand.type, scope.span(node))


def _rounded(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    """An i128, as upstream has it; of an integer the integer itself."""
    argument = bind(node, _VALUE, scope)["x"]
    operand = check(argument, scope)
    _require_number(operand, argument, scope)
    if isinstance(operand.type, IntT):
        return convert(operand, I128, scope, argument)
    return ir.Intrinsic(INTRINSIC_OF[meaning], (operand,), I128, scope.span(node))


def _int_bytes(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    """The bytes of an integer as a List[u8], the lowest first unless `be`."""
    bound = bind(node, _BYTES, scope)
    number = bound["n"]
    if takes_type(number, scope):
        fix = f"write its width, for example 'u64({shown(number)})'"
        raise scope.refuse("E202", "how many bytes this number takes is not known", number, fix)
    found = check_bound(bound, _BYTES[1:], scope)
    value = check(number, scope)
    if not isinstance(value.type, IntT):
        raise scope.refuse("E202", f"an integer is wanted here, this is {value.type}", number)
    big_endian = found.get("be", ir.BoolLit(False, BOOL, scope.span(node)))  # noqa: FBT003 - its value
    return ir.Intrinsic(INTRINSIC_OF[meaning], (value, big_endian), ListT(U8), scope.span(node))


def _pow(node: ast.Call, meaning: NumberBuiltin, scope: Scope) -> ir.Expr:
    del meaning
    bound = bind(node, _POWER, scope)
    power = ast.BinOp(bound["base"], ast.Pow(), bound["exp"])
    ast.copy_location(power, node)
    return binary(power, power.left, power.right, scope)


_CALLS: Final[dict[NumberBuiltin, Callable[[ast.Call, NumberBuiltin, Scope], ir.Expr]]] = {
    NumberBuiltin.MIN: _extreme,
    NumberBuiltin.MAX: _extreme,
    NumberBuiltin.ABS: _absolute,
    NumberBuiltin.ROUND: _rounded,
    NumberBuiltin.FLOOR: _rounded,
    NumberBuiltin.CEIL: _rounded,
    NumberBuiltin.POW: _pow,
    NumberBuiltin.INT_BYTES: _int_bytes,
}


# --- conversions ---------------------------------------------------------------------------------


def to_float(node: ast.Call, argument: ast.expr, scope: Scope) -> ir.Expr:
    """`f64(x)`: the nearest float."""
    operand = check(argument, scope, F64)
    if not isinstance(operand.type, IntT | FloatT):
        fix = f"write '1.0 if {shown(argument)} else 0.0'"
        is_bool = str(operand.type) == "bool"
        message = f"f64 converts numbers, this is {operand.type}"
        raise scope.refuse("E202", message, argument, fix if is_bool else None)
    return convert(operand, F64, scope, node)


def to_integer(node: ast.Call, operand: ir.Expr, kind: IntT, scope: Scope) -> ir.Expr:
    """`u64(f)` of a float: towards zero, as Python's int()."""
    if not isinstance(operand, ir.FloatLit):
        return ir.Convert(operand, kind, scope.span(node))
    if not math.isfinite(operand.value):
        message = f"{operand.value} does not fit {kind}"
        raise scope.refuse("E205", message, node, "use a number that fits")
    return integer(int(operand.value), kind, scope, node)
