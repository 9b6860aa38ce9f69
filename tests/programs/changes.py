"""What a transaction did to the accounts of our programs, field by field."""

import base64
from collections.abc import Iterator
from dataclasses import fields
from enum import Enum
from types import ModuleType
from typing import Any, Final

from conting_client.generated import family, raffle, ticket
from solders.account import Account
from solders.pubkey import Pubkey

from tests.programs.world import Outcome, World

_PROGRAMS: Final[dict[str, ModuleType]] = {"family": family, "raffle": raffle, "ticket": ticket}
_EVENT: Final = "Program data: "
Snapshot = dict[Pubkey, Account]


def snapshot(world: World) -> Snapshot:
    """Every account that one of our programs owns."""
    return dict(world.accounts())


def changes(before: Snapshot, after: Snapshot, outcome: Outcome) -> list[str]:
    """`Class field …` of each account with the fields that are another now; `+Class field …` of
    each new one with those that are not zero; `-Class` of each that was closed; `!Event` of each
    that was told. Sorted.
    """
    found = [f"!{name}" for name in _told(outcome)]
    for key in before.keys() | after.keys():
        old, new = _decoded(before.get(key)), _decoded(after.get(key))
        if new is None and old is not None:
            found.append(f"-{type(old).__name__}")
        elif new is not None and old != new:
            mark = "+" if old is None else ""
            found.append(" ".join([mark + type(new).__name__, *_differing(old, new)]))
    return sorted(found)


def _differing(old: Any, new: Any) -> Iterator[str]:
    for each in fields(new):
        value = getattr(new, each.name)
        if _is_something(value) if old is None else getattr(old, each.name) != value:
            yield each.name


def _is_something(value: Any) -> bool:
    if isinstance(value, Pubkey | bytes):
        return any(bytes(value))
    if isinstance(value, tuple):
        return any(map(_is_something, value))
    return bool(value.value if isinstance(value, Enum) else value)


def _decoded(account: Account | None) -> Any:
    """An object of a generated class; nothing for accounts of others."""
    if account is None or not account.data:
        return None
    for name, module in _PROGRAMS.items():
        if account.owner == World.program(name):
            return _as_class(module, bytes(account.data))
    return None


def _as_class(module: ModuleType, data: bytes) -> Any:
    kinds: list[Any] = list(vars(module).values())
    return next(e for e in kinds if getattr(e, "DISCRIMINATOR", None) == data[:8]).decode(data)


def _told(outcome: Outcome) -> Iterator[str]:
    for line in outcome.logs:
        if line.startswith(_EVENT):
            head = base64.b64decode(line.removeprefix(_EVENT))[:8]
            kinds = [kind for module in _PROGRAMS.values() for kind in vars(module).values()]
            yield next(e.__name__ for e in kinds if getattr(e, "DISCRIMINATOR", None) == head)
