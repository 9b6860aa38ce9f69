"""All nodes of a piece of typed IR."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, TypeGuard, get_args

from conting_compiler.ir import typed as ir

_NO_NODES: Final = frozenset({"span", "type", "name"})
"""Fields in which there is never a node."""
_FIELDS: Final = {
    kind: tuple(field.name for field in fields(kind) if field.name not in _NO_NODES)
    for kind in (*get_args(ir.Expr), *get_args(ir.Stmt))
}
"""By class of nodes."""
_BACKWARDS: Final = {kind: names[::-1] for kind, names in _FIELDS.items()}
Node = ir.Expr | ir.Stmt


def walk(*nodes: Node) -> Iterator[Node]:
    """The nodes and everything inside them, in the order of their fields."""
    waiting: list[object] = [*reversed(nodes)]
    while waiting:
        item = waiting.pop()
        if type(item) is tuple:
            waiting += reversed(item)
        elif _is_node(item):
            yield item
            waiting += [getattr(item, name) for name in _BACKWARDS[type(item)]]


def parts(node: Node) -> Iterator[Node]:
    """The nodes right inside a node."""
    for name in _FIELDS[type(node)]:
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            if _is_node(each):
                yield each


def _is_node(value: object) -> TypeGuard[Node]:
    return type(value) in _FIELDS
