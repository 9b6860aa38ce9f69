"""Loops: over a range, over whatever can be run over, and as long as a condition holds."""

import ast
from collections.abc import Callable, Sequence

from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.iterating import bounds, loop, source_of
from conting_compiler.frontend.lists import unpack
from conting_compiler.frontend.operators import check_condition
from conting_compiler.frontend.scope import Flow, Loop, Scope, join
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import I64, ArrayT, Type

Block = Callable[[Sequence[ast.stmt], Scope], tuple[ir.Stmt, ...]]
StoreIn = Callable[[ast.expr, ir.Expr, Scope, ast.For], list[ir.Stmt]]


def refuse_change(target: ast.Name, before: Type, after: Type, scope: Scope) -> Refused:
    """Reports a variable that would change its type."""
    message = f"'{target.id}' is {before}, and would become {after}"
    return scope.refuse("E209", message, target, "use another name")


def check_while(node: ast.While, scope: Scope, block: Block) -> list[ir.Stmt]:
    """Types a while loop; `while True` without a break is never left."""
    _refuse_else(node, scope)
    test = check_condition(node.test, scope)
    body, left = _body(node.body, scope, block)
    if isinstance(test, ir.BoolLit) and test.value:
        left = left[1:]
    scope.flow = join(left)
    return [ir.While(test, body, scope.span(node))]


def _refuse_else(node: ast.While | ast.For, scope: Scope) -> None:
    if node.orelse:
        fix = "keep a bool variable instead"
        raise scope.refuse(
            "E108", "'else' of a loop is not part of the dialect", node.orelse[0], fix
        )


def _body(
    nodes: Sequence[ast.stmt], scope: Scope, block: Block
) -> tuple[tuple[ir.Stmt, ...], list[Flow | None]]:
    """The body, and the flows with which the loop is left: at its test first, then by breaks."""
    start = scope.flow
    loop = Loop(frozenset(start.types if start else ()))
    scope.loops.append(loop)
    body = block(nodes, scope)
    scope.loops.pop()
    return body, [start, *loop.breaks]


def check_for(node: ast.For, scope: Scope, block: Block, store: StoreIn) -> list[ir.Stmt]:
    """Types a for loop over whatever can be run over."""
    _refuse_else(node, scope)
    is_range = isinstance(node.iter, ast.Call) and scope.static(node.iter.func) is Special.RANGE
    if is_range and isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Call):
        return _range_loop(node, node.target, node.iter, scope, block)
    source = source_of(node.iter, scope, plain=isinstance(node.target, ast.Name))
    if isinstance(node.target, ast.Name) and source.array is not None:
        return _array_loop(node, node.target, source.array, scope, block)

    def bind(value: ir.Expr) -> list[ir.Stmt]:
        return unpack(node.target, value, scope, lambda part, one: store(part, one, scope, node))

    return loop(source, bind, lambda: block(node.body, scope), scope, scope.span(node))


def _range_loop(
    node: ast.For, target: ast.Name, call: ast.Call, scope: Scope, block: Block
) -> list[ir.Stmt]:
    start, stop, step = bounds(call, scope.first.get(target.id), scope)
    if not isinstance(step, int):
        return _range_by(node, target, scope, block)
    variable = _bind_variable(target, start.type, scope)
    body, left = _loop_body(node, variable, scope, block)
    scope.flow = join(left)
    return [ir.ForRange(variable, start, stop, step, body, scope.span(node))]


def _range_by(node: ast.For, target: ast.Name, scope: Scope, block: Block) -> list[ir.Stmt]:
    """A range whose step is known only when it runs: the rounds are counted."""
    source = source_of(node.iter, scope)
    variable = _bind_variable(target, source.element, scope)

    def bind(value: ir.Expr) -> list[ir.Stmt]:
        scope.set_type(variable.name, variable.type)
        return [ir.Assign(variable, value, variable.span)]

    return loop(source, bind, lambda: block(node.body, scope), scope, scope.span(node))


def _bind_variable(target: ast.Name, kind: Type, scope: Scope) -> ir.Local:
    first = scope.first.setdefault(target.id, kind)
    if first != kind:
        raise refuse_change(target, first, kind, scope)
    return ir.Local(target.id, kind, scope.span(target))


def _loop_body(
    node: ast.For, variable: ir.Local, scope: Scope, block: Block
) -> tuple[tuple[ir.Stmt, ...], list[Flow | None]]:
    before = scope.flow
    scope.set_type(variable.name, variable.type)
    body, left = _body(node.body, scope, block)
    return body, [before, *left[1:]]


def _array_loop(
    node: ast.For, target: ast.Name, array: ir.Expr, scope: Scope, block: Block
) -> list[ir.Stmt]:
    """`for x in a`: a hidden count over a hidden name for the Array."""
    assert isinstance(array.type, ArrayT)
    span = scope.span(node.iter)
    held = ir.Local(scope.hide("in"), array.type, span)
    count = ir.Local(scope.hide("at"), I64, span)
    variable = _bind_variable(target, array.type.element, scope)
    body, left = _loop_body(node, variable, scope, block)
    scope.flow = join(left)
    take = ir.Assign(variable, ir.Index(held, count, array.type.element, span), variable.span)
    stop = ir.IntLit(array.type.length, I64, span)
    rounds = ir.ForRange(count, ir.IntLit(0, I64, span), stop, 1, (take, *body), scope.span(node))
    return [ir.Assign(held, array, span), rounds]
