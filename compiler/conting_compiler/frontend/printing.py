"""What can be made into text: by f-strings, `str(…)` and `print(…)`."""

import ast

from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.intrinsics import lists as rows
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    NONE,
    STR,
    ArrayT,
    BoolT,
    ClassT,
    EnumT,
    FloatT,
    IntT,
    ListT,
    PubkeyT,
    StrT,
    TupleT,
    Type,
)


def is_printable(kind: Type, *, inside: bool = False) -> bool:
    """Whether a value has a text; inside of a list a str has none, since it would be quoted."""
    match kind:
        case StrT():
            return not inside
        case IntT() | FloatT() | BoolT() | EnumT() | PubkeyT():
            return True
        case ListT(element=element) | ArrayT(element=element):
            return is_printable(element, inside=True)
        case _:
            return False


def as_text(expr: ir.Expr, scope: Scope, node: ast.expr) -> ir.Expr:
    """The value as an f-string takes it."""
    if is_printable(expr.type):
        return expr
    match expr.type:
        case ListT() | ArrayT() | TupleT():
            fix = "print its elements one by one"
        case ClassT():
            fix = "print its fields"
        case kind if ir.is_account(kind):
            fix = f"print its fields, or '{shown(node)}.key()'"
        case _:
            fix = "texts are made of str, numbers, bools, enums and Pubkeys, and lists of those"
    raise scope.refuse("E202", f"{expr.type} cannot be made into text", node, fix)


def check_print(node: ast.Call, scope: Scope) -> ir.Expr:
    """`print(a, b, …)`: one line in the transaction's log, spaces between."""
    if node.keywords:
        fix = "write one text: print(f'…')"
        raise scope.refuse("E208", "'print' takes no keywords", node.keywords[0], fix)
    span = scope.span(node)
    parts: list[ir.Expr] = []
    for each in node.args:
        if isinstance(each, ast.Starred):
            raise scope.refuse("E208", "'*' is not supported", each, "write out each argument")
        parts += [ir.BytesLit(b" ", STR, span)] if parts else []
        parts.append(as_text(check(each, scope), scope, each))
    match parts:
        case [part] if part.type == STR:
            text = part
        case _:
            text = ir.Format(tuple(parts), STR, span)
    return ir.Intrinsic(rows.PRINT.name, (text,), NONE, span)
