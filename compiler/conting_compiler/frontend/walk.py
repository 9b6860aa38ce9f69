"""All nodes of a piece of typed IR."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Final, TypeGuard, get_args

from conting_compiler.ir import typed as ir

_FIELDS: Final = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (*get_args(ir.Expr), *get_args(ir.Stmt))
}
"""By class of nodes."""
Node = ir.Expr | ir.Stmt


def walk(*nodes: Node) -> Iterator[Node]:
    """The nodes and everything inside them, in the order of their fields."""
    for node in nodes:
        yield node
        for name in _FIELDS[type(node)]:
            yield from _inside(getattr(node, name))


def _inside(value: object) -> Iterator[Node]:
    if _is_node(value):
        yield from walk(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _inside(each)


def parts(node: Node) -> Iterator[Node]:
    """The nodes right inside a node."""
    for name in _FIELDS[type(node)]:
        value = getattr(node, name)
        for each in value if isinstance(value, tuple) else (value,):
            if _is_node(each):
                yield each


def _is_node(value: object) -> TypeGuard[Node]:
    return type(value) in _FIELDS
