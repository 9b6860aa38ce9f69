"""Questions about typed IR that need to look at a whole tree."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from conting_compiler.ir import typed
from conting_compiler.ir.typesystem import Type
from conting_compiler.source import Span


def nodes(node: object) -> Iterator[object]:
    """The node and all nodes below it."""
    if isinstance(node, tuple):
        for item in node:
            yield from nodes(item)
    elif is_dataclass(node) and not isinstance(node, Span | Type):
        yield node
        for field in fields(node):
            yield from nodes(getattr(node, field.name))


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
