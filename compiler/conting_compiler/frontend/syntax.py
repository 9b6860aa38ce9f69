"""All nodes of a syntax tree."""

import ast
from collections.abc import Iterator
from typing import Any, Final

_NODES: Final = frozenset(
    kind
    for kind in vars(ast).values()
    if isinstance(kind, type)
    and issubclass(kind, ast.AST)
    and (kind._fields or issubclass(kind, ast.stmt))
)


def children(node: ast.AST) -> list[ast.AST]:
    """As ast.iter_child_nodes, without contexts and operators, which are half of all nodes."""
    found: list[ast.AST] = []
    values = vars(node)
    for name in node._fields:
        value: Any = values.get(name)
        if type(value) is list:
            found += [each for each in value if type(each) in _NODES]
        elif type(value) in _NODES:
            found.append(value)
    return found


def nodes(*roots: ast.AST) -> list[ast.AST]:
    """As ast.walk, several trees one after the other, without contexts and operators."""
    found = [*roots]
    for node in found:
        found += children(node)  # what is added is looked at in turn
    return found


def stored(*roots: ast.AST) -> Iterator[str]:
    """The names to which something is assigned, as often as that happens."""
    for each in nodes(*roots):
        if type(each) is ast.Name and type(each.ctx) is ast.Store:
            yield each.id
