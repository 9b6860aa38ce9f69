"""Variables that begin as a bare number (`total = 0`) and take the type of what they meet.

Such a variable is an i64. Where that does not do, it is of the type that is wanted there, and the
function is checked again; of several types it is the narrowest. `loading` and `typing_rules` of the
prelude find out the same.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from conting_compiler.frontend.intrinsics.names import PYTHON, Special
from conting_compiler.frontend.intrinsics.numeric import INTRINSIC_OF, NumberBuiltin
from conting_compiler.frontend.modules import Definition
from conting_compiler.frontend.scope import Scope
from conting_compiler.frontend.syntax import nodes
from conting_compiler.ir import typed as ir
from conting_compiler.ir.typesystem import FloatT, IntT, Type

_CHOICES: Final = frozenset(
    INTRINSIC_OF[each] for each in (NumberBuiltin.MIN, NumberBuiltin.MAX, NumberBuiltin.ABS)
)
"""What gives one of its arguments."""


def widens(narrow: IntT, wide: IntT) -> bool:
    """Whether every value of one type is a value of the other."""
    return wide.low <= narrow.low and narrow.high <= wide.high


# --- which variables they are


def find_bare(node: ast.FunctionDef, scope: Scope) -> dict[str, Sequence[ast.expr]]:
    """The function's variables that begin so, and the expressions with which they begin."""
    found: dict[str, Sequence[ast.expr]] = {}
    seen = {each.arg for each in node.args.args}
    statements = (each for each in nodes(node) if isinstance(each, ast.stmt))
    for each in sorted(statements, key=lambda s: (s.lineno, s.col_offset)):
        for name, values in _beginnings(each, scope):
            if name not in seen and values and all(_is_bare(v, found, scope) for v in values):
                found[name] = values
            seen.add(name)
    return found


def _beginnings(node: ast.stmt, scope: Scope) -> Iterator[tuple[str, Sequence[ast.expr]]]:
    """The variables that a statement gives values to; no values: something else than a number."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, [value]
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            pairs = zip(targets, values, strict=True)
            yield from ((t.id, [v]) for t, v in pairs if isinstance(t, ast.Name))
        case ast.For(target=ast.Name(id=name), iter=ast.Call(func=ast.Name() as function) as call):
            yield name, call.args[:2] if _is_range(function, scope) else []
        case ast.Assign(targets=targets):
            yield from ((name, []) for each in targets for name in _names(each))
        case ast.AnnAssign(target=target) | ast.For(target=target):
            yield from ((name, []) for name in _names(target))


def _is_range(function: ast.Name, scope: Scope) -> bool:
    """Without a word about names that are not there: the check of the loop says it."""
    if function.id in scope.assigned:
        return False
    return scope.module.names.get(function.id, PYTHON.get(function.id)) is Special.RANGE


def _names(node: ast.expr) -> Iterator[str]:
    return (each.id for each in ast.walk(node) if isinstance(each, ast.Name))


def _is_bare(  # noqa: PLR0911 - one per kind of node
    node: ast.expr, known: Mapping[str, object], scope: Scope
) -> bool:
    """Whether it is a number without a type, or arithmetic on such and on variables like that."""
    match node:
        case ast.Constant(value=int(value)):
            return not isinstance(value, bool)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=inner):
            return _is_bare(inner, known, scope)
        case ast.BinOp(left=left, right=right, op=op) if not isinstance(op, ast.Div):
            return _is_bare(left, known, scope) and _is_bare(right, known, scope)
        case ast.IfExp(body=body, orelse=other):
            return _is_bare(body, known, scope) and _is_bare(other, known, scope)
        case ast.Name(id=name) if name not in scope.assigned:
            match scope.module.names.get(name):
                case Definition() as meaning:
                    return isinstance(scope.declared.constants.get(meaning), int)
        case ast.Name(id=name):
            return name in known
    return False


# --- which types they meet


def meet_type(exprs: Iterable[ir.Expr], wanted: Type, scope: Scope) -> None:
    """Notes that integers do not do where this type is wanted, if they are such variables, or are
    computed from them.
    """
    for expr in exprs:
        names = _variables(expr, wanted, scope) if isinstance(wanted, IntT) else None
        for name in names or ():
            take_type(name, wanted, scope)


def meet_both(exprs: tuple[ir.Expr, ir.Expr], scope: Scope) -> None:
    """The same for two integers that do not mix."""
    left, right = exprs
    meet_type([left], right.type, scope)
    meet_type([right], left.type, scope)


def take_type(name: str, wanted: Type, scope: Scope) -> None:
    """Notes that the variable has to be of this type, if it is such a variable."""
    values = scope.bare.get(name, ())
    if not values or not isinstance(wanted, IntT) or not _takes(values, wanted):
        return
    known = scope.begun.get(name)
    if known is None or (known != wanted and widens(wanted, known)):
        scope.begun[name] = wanted
        for each in values:
            for other in _names(each):
                take_type(other, wanted, scope)


def _takes(values: Sequence[ast.expr], wanted: IntT) -> bool:
    negative = any(isinstance(v, ast.UnaryOp) and isinstance(v.op, ast.USub) for v in values)
    return wanted.signed or not negative


def _variables(  # noqa: PLR0911 - one per kind of node
    expr: ir.Expr, wanted: IntT, scope: Scope
) -> set[str] | None:
    """Such variables from which the number is computed; None if something else in it does not
    become the type that is wanted.
    """
    match expr:
        case ir.Local(name=name) if name in scope.bare:
            return {name}
        case ir.IntLit():
            return set()
        case ir.Binary(op=ir.BinaryOp.POW, left=base):
            return _variables(base, wanted, scope)
        case ir.Binary(left=left, right=right) | ir.Conditional(then=left, otherwise=right):
            return _of_all((left, right), wanted, scope)
        case ir.Unary(operand=inner) | ir.Convert(operand=inner) if isinstance(inner.type, IntT):
            return _variables(inner, wanted, scope)
        case ir.Intrinsic(name=name, arguments=arguments) if name in _CHOICES:
            return _of_all(arguments, wanted, scope)
    does = isinstance(expr.type, IntT) and widens(expr.type, wanted)
    return set() if does or isinstance(expr.type, FloatT) else None


def _of_all(exprs: Iterable[ir.Expr], wanted: IntT, scope: Scope) -> set[str] | None:
    found = [_variables(each, wanted, scope) for each in exprs]
    return None if None in found else {name for each in found for name in each or ()}
