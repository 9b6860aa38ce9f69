"""All nodes of a piece of typed IR."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any, Final, TypeGuard, get_args

from conting_compiler.ir import typed as ir

_NO_NODES: Final = frozenset({"span", "type", "name"})
"""Fields in which there is never a node, as in those of the plain kinds."""
_PLAIN: Final = (int, float, bool, str, bytes)
_FIELDS: Final = {
    kind: tuple(
        field.name
        for field in fields(kind)
        if field.name not in _NO_NODES and field.type not in _PLAIN
    )
    for kind in (*get_args(ir.Expr), *get_args(ir.Stmt))
}
"""By class of nodes."""
_VALUES: Final[dict[type, Callable[[Any], Any] | None]] = {
    kind: attrgetter(*names) if names else None for kind, names in _FIELDS.items()
}
"""What gives the values of the fields: a tuple of several, or the value of the one."""
Node = ir.Expr | ir.Stmt


def walk(*nodes: Node) -> list[Node]:
    """The nodes and everything inside them, in the order of their fields."""
    found: list[Node] = []
    waiting: list[Any] = [*reversed(nodes)]
    while waiting:
        item = waiting.pop()
        kind = type(item)
        if kind is tuple:
            waiting += item[::-1]
        elif kind in _VALUES:
            found.append(item)
            if (values := _VALUES[kind]) is not None:
                waiting.append(values(item))
    return found


def parts(node: Node) -> Iterator[Node]:
    """The nodes right inside a node."""
    waiting: list[object] = [getattr(node, name) for name in reversed(_FIELDS[type(node)])]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += item[::-1]
        elif _is_node(item):
            yield item


def _is_node(value: object) -> TypeGuard[Node]:
    return type(value) in _FIELDS
