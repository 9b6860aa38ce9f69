"""Events: `class Moved(Event): …`, `Moved(…).emit()`; on chain an entry of the log."""

from contextvars import ContextVar
from hashlib import sha256
from inspect import get_annotations
from typing import Final, cast, dataclass_transform, get_type_hints

from seahorse.ledger import Frame
from seahorse.values import Kind, encode

RUNNING: Final[ContextVar[Frame]] = ContextVar("running")
"""The instruction that runs: an event does not know it by itself."""
_DISCRIMINATOR_SIZE: Final = 8


@dataclass_transform()
class Event:
    """Base of a program's events; a class without an `__init__` takes its fields in order."""

    def __init_subclass__(cls) -> None:
        if "__init__" not in vars(cls):
            cls.__init__ = _take_fields  # type: ignore[assignment,method-assign]  # as @dataclass

    def emit(self) -> None:
        """Logs the event's name and fields (Borsh), as clients of Anchor read them."""
        kinds = cast("dict[str, Kind]", get_type_hints(type(self)))
        name = type(self).__name__
        head = sha256(f"event:{name}".encode()).digest()[:_DISCRIMINATOR_SIZE]
        fields = (encode(kinds[field], getattr(self, field)) for field in _names(type(self)))
        RUNNING.get().events.append(head + b"".join(fields))


def _names(event: type[Event]) -> list[str]:
    return list(get_annotations(event))


def _take_fields(self: Event, *values: object, **named: object) -> None:
    names = _names(type(self))
    given = {**dict(zip(names, values, strict=False)), **named}
    if len(values) > len(names) or set(given) != set(names):
        raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
    for name in names:
        setattr(self, name, given[name])
