"""Reads values from the bytes of an account or of arguments, and makes those that are all zero."""

from typing import cast

from seahorse.containers import Boxes, List, ListKind, OptionKind, fields_of, is_plain
from seahorse.ints import u32
from seahorse.values import LENGTH_SIZE, Array, ArrayKind, Kind, is_packed, size_of, view


def take(kind: Kind, buffer: bytearray, offset: int) -> tuple[object, int]:
    """The value at `offset` and the offset behind it. Raises ValueError where bytes are wanting."""
    if not is_packed(kind) and kind is not str and kind is not bytes:
        return _take_boxed(kind, buffer, offset)
    size = size_of(kind)
    start = offset
    if size is None:
        start = offset + LENGTH_SIZE
        size = int.from_bytes(buffer[offset:start], "little")
    end = start + size
    if end > len(buffer):
        raise ValueError(f"{end - len(buffer)} bytes are wanting")
    if kind is str or kind is bytes:
        raw = bytes(buffer[start:end])
        return (raw.decode() if kind is str else raw), end
    value = view(kind, buffer, offset)
    _look_at(value)
    return value, end


def _look_at(value: object) -> None:
    """Looks at every element of an array: ValueError where one is no value of its kind."""
    if isinstance(value, Array):
        for each in value:
            _look_at(each)


def _take_boxed(kind: Kind, buffer: bytearray, offset: int) -> tuple[object, int]:
    """A list, an Array of what varies in size, an instance of a plain class."""
    if isinstance(kind, (ListKind, ArrayKind)):
        count = kind.length if isinstance(kind, ArrayKind) else 0
        if isinstance(kind, ListKind):
            found, offset = take(cast("Kind", u32), buffer, offset)
            count = int(cast("u32", found))
        values = []
        for _ in range(count):
            value, offset = take(cast("Kind", kind.element), buffer, offset)
            values.append(value)
        maker = List if isinstance(kind, ListKind) else Boxes
        return maker(values, kind.element), offset
    if isinstance(kind, OptionKind):
        tag, offset = take(bool, buffer, offset)
        return take(cast("Kind", kind.inner), buffer, offset) if tag else (None, offset)
    made: object = object.__new__(cast("type", kind))
    for name, each in fields_of(cast("type", kind)).items():
        value, offset = take(cast("Kind", each), buffer, offset)
        setattr(made, name, value)
    return made, offset


def zero(kind: Kind) -> object:
    """What a field holds that `init` was not given."""
    if isinstance(kind, ListKind):
        return List((), kind.element)
    if isinstance(kind, OptionKind):
        return None
    if isinstance(kind, ArrayKind) and not is_packed(kind):
        return Boxes([zero(kind.element) for _ in range(kind.length)], kind.element)
    if is_plain(kind):
        made: object = object.__new__(cast("type", kind))
        for name, each in fields_of(cast("type", kind)).items():
            setattr(made, name, zero(cast("Kind", each)))
        return made
    size = size_of(kind)
    return take(kind, bytearray(LENGTH_SIZE if size is None else size), 0)[0]
