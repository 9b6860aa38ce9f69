"""Questions about typed IR that need to look at a whole tree."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import Type
from conting_compiler.source import Span


def nodes(node: object) -> Iterator[object]:
    """The node and all nodes below it, in the order of their fields."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += reversed(item)
        elif (names := _parts(type(item))) is not None:
            yield item
            waiting += [getattr(item, name) for name in names]


_PARTS: Final[dict[type[object], tuple[str, ...] | None]] = {}


def _parts(kind: type[object]) -> tuple[str, ...] | None:
    """The fields of a class of nodes, last one first; None for what is no node."""
    if kind not in _PARTS:
        _PARTS[kind] = None
        if is_dataclass(kind) and not issubclass(kind, Span | Type):
            _PARTS[kind] = tuple(field.name for field in reversed(fields(kind)))
    return _PARTS[kind]


def has_effects(expression: typed.Expr) -> bool:
    """Whether evaluating it may change memory that another expression reads."""
    effects = typed.Call | typed.InitAccount | typed.InitMint | typed.InitTokenAccount
    return any(isinstance(node, effects) for node in nodes(expression))


def assigned(body: tuple[typed.Stmt, ...]) -> dict[str, Type]:
    """The locals that a body assigns, with a type each: all that a name has take the same room."""
    found: dict[str, Type] = {}
    for node in nodes(body):
        match node:
            case typed.Assign(target=typed.Local(name=name, type=kind)):
                found[name] = kind
            case typed.ForRange(variable=typed.Local(name=name, type=kind)):
                found[name] = kind
    return found
