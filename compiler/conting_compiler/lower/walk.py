"""Questions about typed IR that need to look at a whole tree."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from operator import attrgetter
from typing import Any, Final

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import Type
from conting_compiler.source import Span


def nodes(node: object) -> Iterator[object]:
    """The node and all nodes below it, in the order of their fields."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += item[::-1]
        elif (values := _values(type(item))) is not None:
            yield item
            waiting += values(item)


_PLAIN: Final = (int, float, bool, str, bytes, Span)
"""Types of fields in which there is never a node."""
_VALUES: Final[dict[type[object], Callable[[Any], tuple[object, ...]] | None]] = {}


def _values(kind: type[object]) -> Callable[[Any], tuple[object, ...]] | None:
    """What gives the values of a node's fields, last one first; None for what is no node."""
    if kind not in _VALUES:
        _VALUES[kind] = _reader(kind)
    return _VALUES[kind]


def _reader(kind: type[object]) -> Callable[[Any], tuple[object, ...]] | None:
    if not is_dataclass(kind) or issubclass(kind, Span | Type):
        return None
    names = [field.name for field in reversed(fields(kind)) if field.type not in _PLAIN]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda node: tuple(getattr(node, name) for name in names)


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
