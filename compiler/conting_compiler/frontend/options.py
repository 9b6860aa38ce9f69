"""Options: what a test says about them, and `is None`."""

import ast

from conting_compiler.frontend.coerce import shown
from conting_compiler.frontend.scope import Scope, check
from conting_compiler.frontend.syntax import stored
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import BOOL, OptionT


def none_test(node: ast.Compare, scope: Scope) -> ir.Expr | None:
    """`x is None`, `x is not None`; None for any other comparison."""
    match node:
        case ast.Compare(
            left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]
        ):
            pass
        case _:
            return None
    option = check(left, scope)
    if isinstance(option, ir.Unwrap):
        option = option.option
    if not isinstance(option.type, OptionT):
        fix = "only an Option may be None"
        raise scope.refuse("E202", f"this is {option.type}, which is never None", node, fix)
    test = ir.IsNone(option, BOOL, scope.span(node))
    is_none = isinstance(op, ast.Is)
    return test if is_none else ir.Unary(ir.UnaryOp.NOT, test, BOOL, scope.span(node))


def given_if(test: ast.expr, scope: Scope, *, holds: bool) -> frozenset[str]:
    """The variables that are not None where the test holds, or where it does not."""
    match test:
        case ast.Compare(
            left=ast.Name(id=name),
            ops=[ast.Is() | ast.IsNot() as op],
            comparators=[ast.Constant(value=None)],
        ):
            name = scope.renamed.get(name, name)
            kind = None if scope.flow is None else scope.flow.types.get(name)
            says_so = isinstance(op, ast.IsNot) is holds
            return frozenset({name}) if says_so and isinstance(kind, OptionT) else frozenset()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return given_if(operand, scope, holds=not holds)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) is holds:
            return frozenset().union(*(given_if(each, scope, holds=holds) for each in values))
    return frozenset()


def stored_in(*nodes: ast.stmt) -> frozenset[str]:
    """The variables to which the statements give another value."""
    return frozenset(stored(*nodes))


def how_to_test(node: ast.expr) -> str:
    """What to write before an Option can be used."""
    name = shown(node)
    if isinstance(node, ast.Name):
        return f"test it first: 'if {name} is not None:' or 'assert {name} is not None, …'"
    return f"give it a name, and test that first: 'x = {name}', 'if x is not None:'"
