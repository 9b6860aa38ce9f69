"""Statements other than assignments, and which variables have a value after them."""

import ast
from contextlib import suppress

from conting_compiler.frontend.assignments import store
from conting_compiler.frontend.coerce import check_as
from conting_compiler.frontend.effective import is_repeatable
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.executing import check_block, execute
from conting_compiler.frontend.loops import check_for, check_while
from conting_compiler.frontend.modules import Definition, Sort
from conting_compiler.frontend.operators import check_condition
from conting_compiler.frontend.options import given_if, stored_in
from conting_compiler.frontend.scope import Scope, check, join
from conting_compiler.frontend.suggest import did_you_mean
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import NONE, OptionT

__all__ = ["check_block"]

# --- refusing, leaving ---------------------------------------------------------------------------


@execute.register
def _assert(node: ast.Assert, scope: Scope) -> list[ir.Stmt]:
    if isinstance(node.test, ast.Tuple):
        fix = "drop the parentheses"
        raise scope.refuse("E313", "an assert of a tuple never refuses", node, fix)
    error: int | None = None
    try:
        condition = check_condition(node.test, scope)
    finally:
        error = _error(node.msg, scope)
    scope.know(given_if(node.test, scope, holds=True))
    return [ir.Assert(condition, error, scope.span(node))]


def _error(node: ast.expr | None, scope: Scope) -> int:
    """The index of the error that an assert raises."""
    match node:
        case None:
            return scope.declared.errors.of_message("an assertion failed")
        case ast.Constant(value=str(message)) if message.strip():
            return scope.declared.errors.of_message(message)
        case ast.Attribute(value=ast.Name() as base, attr=name):
            meaning = scope.static(base)
            if isinstance(meaning, Definition) and meaning.sort is Sort.ERRORS:
                return _named_error(node, meaning, name, scope)
    fix = "write 'assert condition, Errors.NAME' or a text in quotes"
    raise scope.refuse("E313", "an assert refuses with a named error or a text", node, fix)


def _named_error(node: ast.expr, meaning: Definition, name: str, scope: Scope) -> int:
    known = scope.declared.errors.classes.get(meaning)
    if known is None:
        raise Refused
    if name not in known:
        message = f"{meaning.name} has no error '{name}'"
        raise scope.refuse("E206", message, node, did_you_mean(name, known))
    return known[name]


@execute.register
def _return(node: ast.Return, scope: Scope) -> list[ir.Stmt]:
    value: ir.Expr | None = None
    try:
        is_value = not _is_none(node.value) or isinstance(scope.result, OptionT)
        if node.value is not None and is_value:
            if scope.result == NONE:
                fix = "write the type after '->', or return nothing"
                raise scope.refuse("E215", "this function gives no value", node, fix)
            value = check_as(node.value, scope.result, scope)
        elif scope.result != NONE:
            message = f"this function gives {scope.result}"
            raise scope.refuse("E215", message, node, "return a value")
    finally:
        scope.flow = None
    return [ir.Return(value, scope.span(node))]


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


@execute.register
def _break(node: ast.Break, scope: Scope) -> list[ir.Stmt]:
    if not scope.loops:
        raise scope.refuse("E220", "'break' outside a loop", node, "return instead")
    if scope.flow is not None:
        scope.loops[-1].breaks.append(scope.flow)
    scope.flow = None
    return [ir.Break(scope.span(node))]


@execute.register
def _continue(node: ast.Continue, scope: Scope) -> list[ir.Stmt]:
    if not scope.loops:
        raise scope.refuse("E220", "'continue' outside a loop", node, "return instead")
    scope.flow = None
    return [ir.Continue(scope.span(node))]


@execute.register
def _pass(node: ast.Pass, scope: Scope) -> list[ir.Stmt]:
    del node, scope
    return []


@execute.register
def _expression(node: ast.Expr, scope: Scope) -> list[ir.Stmt]:
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return []
    value = check(node.value, scope)
    return (
        []
        if is_repeatable(value) and isinstance(value, ir.Local)
        else [ir.Do(value, scope.span(node))]
    )


# --- choices and loops ---------------------------------------------------------------------------


@execute.register
def _if(node: ast.If, scope: Scope) -> list[ir.Stmt]:
    test = None
    with suppress(Refused):
        test = check_condition(node.test, scope)
    start = scope.flow
    scope.know(given_if(node.test, scope, holds=True))
    then = check_block(node.body, scope)
    after_then, scope.flow = scope.flow, start
    scope.know(given_if(node.test, scope, holds=False))
    otherwise = check_block(node.orelse, scope)
    scope.flow = join([after_then, scope.flow])
    if test is None:
        raise Refused
    return [ir.If(test, then, otherwise, scope.span(node))]


@execute.register
def _while(node: ast.While, scope: Scope) -> list[ir.Stmt]:
    scope.forget(stored_in(node))
    return check_while(node, scope, check_block)


@execute.register
def _for(node: ast.For, scope: Scope) -> list[ir.Stmt]:
    scope.forget(stored_in(node))
    return check_for(node, scope, check_block, store)
