"""What to write instead of an operator that a type does not have."""

import ast
from collections.abc import Callable
from typing import Final

from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.options import how_to_test
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BYTES,
    STR,
    ArrayT,
    BoolT,
    BytesT,
    ClassT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    OptionT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
)

_USES: Final[dict[type[Type], Callable[[str], str]]] = {
    BoolT: lambda name: f"make a number of it: '(1 if {name} else 0)'",
    FloatT: lambda name: f"make an integer of it: 'i64({name})', which drops the fraction",
    EnumT: lambda name: f"choose a number by it: '1 if {name} == … else 2'",
    ClassT: lambda _: "calculate with its fields, for example in a method",
    TupleT: lambda name: f"calculate with its elements: '{name}[0]'",
    ListT: lambda name: f"calculate with its elements: '{name}[0]'",
    ArrayT: lambda name: f"calculate with its elements: '{name}[0]'",
    PubkeyT: lambda _: "keys are only compared",
}
"""How to calculate with a value of a type, by its name."""


def instead_of_binary(
    op: ir.BinaryOp, pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr], place: int
) -> str | None:
    """The fix for `left op right`, where the operand at `place` has no such operator."""
    joined = _join(pair, nodes) if op is ir.BinaryOp.ADD else None
    if joined is None and op is ir.BinaryOp.MUL and isinstance(pair[place].type, StrT):
        return "put it together in a loop: 'text += part'"
    return joined or how_to_use(pair[place], nodes[place])


def _join(pair: tuple[ir.Expr, ir.Expr], nodes: tuple[ast.expr, ast.expr]) -> str | None:
    """The fix for a `+` that joins nothing."""
    left, right = (each.type for each in pair)
    first, second = map(shown, nodes)
    if isinstance(left, ListT) and isinstance(right, ListT):
        return f"make their elements one type: '[{left.element}(x) for x in {second}]'"
    if isinstance(left, ListT):
        return _as_list(left, right, second)
    if isinstance(right, ListT):
        return _as_list(right, left, first)
    if isinstance(left, ArrayT) and isinstance(right, ArrayT):
        return f"make lists of them: 'list({first}) + list({second})'"
    if {left, right} == {BYTES, STR}:
        return f"make bytes of both: 'bytes_of({first}, {second})'"
    return "make a text of both: 'f\"{a}{b}\"'" if STR in {left, right} else None


def _as_list(listed: ListT, other: Type, name: str) -> str:
    """How something else is joined to a list."""
    if isinstance(other, ArrayT | BytesT):
        return f"make a list of it: 'list({name})'"
    if isinstance(other, IntT) or other == listed.element:
        return f"make a list of it: '[{name}]'"
    return f"such a list takes elements of type {listed.element}, and no {other}"


def instead_of_unary(operand: ir.Expr, node: ast.UnaryOp) -> str | None:
    """The fix for `-x`, `+x` or `~x`."""
    if isinstance(operand.type, BoolT) and isinstance(node.op, ast.Invert):
        return f"write 'not {shown(node.operand)}'"
    return how_to_use(operand, node.operand)


def how_to_use(operand: ir.Expr, node: ast.expr) -> str | None:
    """How to calculate with a value that has no such operator."""
    if isinstance(operand.type, OptionT):
        return how_to_test(node)
    use = _USES.get(type(operand.type))
    return None if use is None else use(shown(node))
