"""Statements one after the other; `statements` and `assignments` have those that there are."""

import ast
from collections.abc import Sequence
from functools import singledispatch
from typing import Final

from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.scope import Scope
from conting_compiler.frontend.syntax import stored
from conting_compiler.ir import typed as ir

NOT_IN_DIALECT: Final[dict[type[ast.stmt], tuple[str, str]]] = {
    ast.Try: ("try", "check with assert before: a fault ends the instruction"),
    ast.Raise: ("raise", "write 'assert condition, Errors.NAME'"),
    ast.With: ("with", "drop it: there is nothing to close"),
    ast.Match: ("match", "write if and elif"),
    ast.Global: ("global", "keep state in accounts"),
    ast.Nonlocal: ("nonlocal", "pass values as parameters"),
    ast.Delete: ("del", "drop it"),
    ast.Import: ("an import inside a function", "move it to the top of the file"),
    ast.ImportFrom: ("an import inside a function", "move it to the top of the file"),
    ast.FunctionDef: ("a function inside a function", "move it to the top level of the file"),
    ast.AsyncFunctionDef: ("a function inside a function", "move it to the top level of the file"),
    ast.ClassDef: ("a class inside a function", "move it to the top level of the file"),
    ast.AsyncFor: ("async for", "write for"),
    ast.AsyncWith: ("async with", "drop it: there is nothing to close"),
}
"""Statements of Python that the dialect does not have, and what to write instead."""


@singledispatch
def execute(node: ast.stmt, scope: Scope) -> list[ir.Stmt]:
    """Types one statement. Raises Refused after reporting an error."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            scope.misplaced.add(name)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            scope.misplaced.update((each.asname or each.name).partition(".")[0] for each in names)
    what, fix = NOT_IN_DIALECT.get(type(node), ("this statement", "write it another way"))
    raise scope.refuse("E108", f"{what} is not part of the dialect", node, fix)


def check_block(nodes: Sequence[ast.stmt], scope: Scope) -> tuple[ir.Stmt, ...]:
    """Types statements one after the other; a refused one does not stop the next.

    What cannot be reached is left out.
    """
    done: list[ir.Stmt] = []
    for node in nodes:
        if scope.flow is None:
            break
        try:
            done.extend(execute(node, scope))
        except Refused:
            _poison_targets(node, scope)
    return tuple(done)


def _poison_targets(node: ast.stmt, scope: Scope) -> None:
    for name in stored(node):
        scope.poison(name)
