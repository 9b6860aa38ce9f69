"""With what the variables of a function begin: the types that they keep."""

import ast
import functools
from collections.abc import Iterator


class Function:
    """What its statements depend on: the result's type, and with what each variable begins."""

    def __init__(self, node: ast.FunctionDef, number: int) -> None:
        self.number = number
        self.result = node.returns
        self.firsts: dict[str, str] = {}
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
