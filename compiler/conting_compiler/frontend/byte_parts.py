"""`bytes_of`: what has bytes that stand one after the other, and what to write for what has not."""

import ast
from typing import Final

from conting_compiler.frontend.arguments import bind
from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.table import fits
from conting_compiler.frontend.intrinsics.values import BYTES_LIKE, BYTES_OF
from conting_compiler.frontend.options import how_to_test
from conting_compiler.frontend.pairs import takes_type
from conting_compiler.frontend.scope import Scope, check_all
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import (
    BYTES,
    U8,
    ArrayT,
    ClassT,
    ListT,
    OptionT,
    TupleT,
    Type,
    is_packed,
)

_TAKEN: Final = "'bytes_of' takes numbers, texts, bytes, keys and Arrays of them"


def bytes_of(node: ast.Call, scope: Scope) -> ir.Expr:
    """Types `bytes_of(a, b, …)`."""
    bind(ast.Call(func=node.func, args=[], keywords=node.keywords), (), scope)
    for each in node.args:
        if takes_type(each, scope):
            fix = f"write its width, for example 'u64({shown(each)})'"
            raise scope.refuse("E202", "how many bytes this number takes is not known", each, fix)
    arguments = tuple(check_all(node.args, scope))
    for expr, each in zip(arguments, node.args, strict=True):
        is_boxed = isinstance(expr.type, ArrayT) and not is_packed(expr.type)
        if is_boxed or not fits(expr.type, BYTES_LIKE):
            raise _refuse(expr.type, each, scope)
    return ir.Intrinsic(BYTES_OF.name, arguments, BYTES, scope.span(node))


def _refuse(kind: Type, node: ast.expr, scope: Scope) -> Refused:
    name = shown(node)
    fix = None
    match kind:
        case OptionT():
            fix = how_to_test(node)
        case ListT(element=element) if element == U8:
            fix = f"keep it as 'bytes', or make an Array of it: 'bytes_of(Array({name}, 4))'"
        case ListT() if isinstance(node, ast.List):
            parts = ", ".join(
                f"u64({shown(each)})" if takes_type(each, scope) else shown(each)
                for each in node.elts
            )
            fix = f"give its elements, numbers with their width: 'bytes_of({parts})'"
        case ListT() | TupleT() | ArrayT():
            fix = f"give its elements: 'bytes_of({name}[0], {name}[1])'"
        case ClassT():
            fix = "give its fields"
        case _ if ir.is_account(kind):
            fix = f"write '{name}.key()'"
    return scope.refuse("E202", f"{_TAKEN}, this is {kind}", node, fix)
