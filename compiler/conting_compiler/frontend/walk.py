"""All nodes of a piece of typed IR."""

from collections.abc import Iterator
from dataclasses import fields
from typing import get_args

from conting_compiler.ir import typed as ir

_NODES = (*get_args(ir.Expr), *get_args(ir.Stmt))
Node = ir.Expr | ir.Stmt


def walk(*nodes: Node) -> Iterator[Node]:
    """The nodes and everything inside them, in the order of their fields."""
    for node in nodes:
        yield node
        for field in fields(node):
            yield from _inside(getattr(node, field.name))


def _inside(value: object) -> Iterator[Node]:
    if isinstance(value, _NODES):
        yield from walk(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _inside(each)
