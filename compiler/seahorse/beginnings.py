"""With what the variables of a function begin: the types that they keep."""

import ast
import copy
import functools
from collections.abc import Iterator, Sequence

from seahorse.meetings import Firsts, find_meetings, is_bare


class Function:
    """What its statements depend on: the result's type, and with what each variable begins."""

    def __init__(self, node: ast.FunctionDef, number: int) -> None:
        self.number = number
        self.result = node.returns
        self.firsts = Firsts()
        self.beginnings: set[ast.stmt] = set()
        self.seeds = dict(_init_seeds(node))
        statements = [each for each in ast.walk(node) if isinstance(each, ast.stmt)]
        for each in sorted(statements, key=lambda s: (s.lineno, s.col_offset)):
            first = _beginning(each)
            if first is not None and first[0] not in self.firsts:
                self.firsts[first[0]] = ast.unparse(first[1])
                self.beginnings.add(each)
            for name, value in _beginnings(each):
                self.firsts.setdefault(name, ast.unparse(value))
        bare = _find_bare(node, statements)
        self.firsts.bare = find_meetings(copy.deepcopy(node), bare)
        self.firsts.below = frozenset(n for n in bare if any(map(_is_negative, bare[n])))


def _find_bare(
    function: ast.FunctionDef, statements: list[ast.stmt]
) -> dict[str, Sequence[ast.expr]]:
    """The variables that begin as bare numbers, and the expressions with which they begin."""
    stored = [e.id for e in ast.walk(function) if isinstance(e, ast.Name) and _is_stored(e)]
    local = frozenset(stored).union(each.arg for each in function.args.args)
    found: dict[str, Sequence[ast.expr]] = {}
    seen = {each.arg for each in function.args.args}
    for each in sorted(statements, key=lambda s: (s.lineno, s.col_offset)):
        for name, values in _first_values(each):
            if name not in seen and values and all(is_bare(v, found, local) for v in values):
                found[name] = values
            seen.add(name)
    return found


def _is_negative(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _first_values(node: ast.stmt) -> Iterator[tuple[str, Sequence[ast.expr]]]:
    """The variables to which a statement gives values; none for what is no number for certain."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, [value]
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            pairs = zip(targets, values, strict=True)
            yield from ((t.id, [v]) for t, v in pairs if isinstance(t, ast.Name))
        case ast.For(target=ast.Name(id=name)):
            yield name, (bounds_of(node) or [])[:2]
        case ast.Assign() | ast.AnnAssign() | ast.For():
            for each in ast.walk(node):
                if isinstance(each, ast.Name) and _is_stored(each):
                    yield each.id, []


def _init_seeds(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """The seeds of each variable whose `init` the function calls with seeds."""
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="init")):
                yield from ((name, each) for each in node.args[1:2])
                yield from ((name, each.value) for each in node.keywords if each.arg == "seeds")


def _beginning(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """The variable to which the statement gives a value, and an expression of its type."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return name, value
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            return name, ast.Call(annotation, [], [])
        case ast.For(target=ast.Name(id=name)):
            bounds = bounds_of(node)
            if bounds is None:
                return name, ast.Subscript(node.iter, ast.Constant(0), ast.Load())
            return name, functools.reduce(lambda one, two: ast.BinOp(one, ast.Add(), two), bounds)
    return None


def _beginnings(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """The same for `a, b = …`."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(
            targets
        ) == len(values):
            pairs = zip(targets, values, strict=True)
            yield from ((t.id, v) for t, v in pairs if isinstance(t, ast.Name))
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
            for place, target in enumerate(targets):
                if isinstance(target, ast.Name):
                    yield target.id, ast.Subscript(value, ast.Constant(place), ast.Load())


def bounds_of(node: ast.For) -> list[ast.expr] | None:
    """The arguments of `for … in range(…)`; None for another loop."""
    call = node.iter
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range":
        return call.args
    return None


def names_of(target: ast.expr) -> list[str] | None:
    """The names of `a, b = …`; None for any other target."""
    if isinstance(target, ast.Tuple) and all(isinstance(e, ast.Name) for e in target.elts):
        return [each.id for each in target.elts if isinstance(each, ast.Name)]
    return None
