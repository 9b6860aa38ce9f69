"""Loops: over a range, over an Array, and as long as a condition holds."""

import ast
from collections.abc import Callable, Sequence

from conting_compiler.frontend.coerce import common_type, convert, literal
from conting_compiler.frontend.errors import Refused
from conting_compiler.frontend.intrinsics.names import Special
from conting_compiler.frontend.operators import check_condition, check_pair, untyped
from conting_compiler.frontend.scope import Flow, Loop, Scope, check, join
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import I64, ArrayT, IntT, Type

Block = Callable[[Sequence[ast.stmt], Scope], tuple[ir.Stmt, ...]]


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


def check_for(node: ast.For, scope: Scope, block: Block) -> list[ir.Stmt]:
    """Types a for loop over `range(…)` or over the elements of an Array."""
    _refuse_else(node, scope)
    if not isinstance(node.target, ast.Name):
        fix = "take one variable"
        raise scope.refuse("E108", "unpacking is not part of the dialect", node.target, fix)
    if isinstance(node.iter, ast.Call) and scope.static(node.iter.func) is Special.RANGE:
        return [_range_loop(node, node.target, node.iter, scope, block)]
    return _array_loop(node, node.target, scope, block)


def _range_loop(
    node: ast.For, target: ast.Name, call: ast.Call, scope: Scope, block: Block
) -> ir.ForRange:
    start, stop, step = _bounds(call, scope.first.get(target.id), scope)
    variable = _bind_variable(target, start.type, scope)
    body, left = _loop_body(node, variable, scope, block)
    scope.flow = join(left)
    return ir.ForRange(variable, start, stop, step, body, scope.span(node))


def _bounds(call: ast.Call, hint: Type | None, scope: Scope) -> tuple[ir.Expr, ir.Expr, int]:
    """Start and stop in one type, and the step."""
    if call.keywords or not 1 <= len(call.args) <= 3:  # noqa: PLR2004 - start, stop, step
        raise scope.refuse("E208", "'range' takes a stop, or start, stop and step", call)
    zero = ast.copy_location(ast.Constant(0), call)
    first, last = (zero, call.args[0]) if len(call.args) == 1 else call.args[:2]
    start, stop = check_pair(first, last, scope, hint)
    for bound, expr in ((first, start), (last, stop)):
        if not isinstance(expr.type, IntT):
            message = f"'range' counts integers, this is {expr.type}"
            raise scope.refuse("E202", message, bound)
    kind = common_type(start.type, stop.type)
    if not isinstance(kind, IntT):
        fix = f"convert one of them, for example '{stop.type}(…)'"
        raise scope.refuse("E204", f"{start.type} and {stop.type} do not mix", call, fix)
    step = _step(call, scope)
    return convert(start, kind, scope, first), convert(stop, kind, scope, last), step


def _step(call: ast.Call, scope: Scope) -> int:
    if len(call.args) < 3:  # noqa: PLR2004 - the third argument
        return 1
    step = untyped(call.args[2], scope)
    if not step:
        fix = "write a number other than 0"
        raise scope.refuse("E219", "the step of a range is a constant", call.args[2], fix)
    return literal(step, I64, scope, call.args[2]).value


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


def _array_loop(node: ast.For, target: ast.Name, scope: Scope, block: Block) -> list[ir.Stmt]:
    """`for x in a`: a hidden count over a hidden name for the Array."""
    array = check(node.iter, scope)
    if not isinstance(array.type, ArrayT):
        fix = "loop over a range or an Array"
        raise scope.refuse("E219", f"{array.type} has no elements", node.iter, fix)
    span = scope.span(node.iter)
    held = ir.Local(scope.hide("in"), array.type, span)
    count = ir.Local(scope.hide("at"), I64, span)
    variable = _bind_variable(target, array.type.element, scope)
    body, left = _loop_body(node, variable, scope, block)
    scope.flow = join(left)
    take = ir.Assign(variable, ir.Index(held, count, array.type.element, span), variable.span)
    stop = ir.IntLit(array.type.length, I64, span)
    loop = ir.ForRange(count, ir.IntLit(0, I64, span), stop, 1, (take, *body), scope.span(node))
    return [ir.Assign(held, array, span), loop]
