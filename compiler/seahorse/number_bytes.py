"""Integers as lists of bytes."""

from seahorse.containers import List
from seahorse.integers import Integer
from seahorse.ints import u8


def int_bytes(n: Integer, be: bool = False) -> List[u8]:  # type: ignore[type-arg]  # noqa: FBT001, FBT002 - a List at run time; upstream's signature
    """The bytes of an integer, as many as its type has: the lowest first, or last with `be`."""
    if not isinstance(n, Integer):
        raise TypeError(f"how many bytes {n!r} takes is not known: write its width, as in u64(…)")
    raw = int(n).to_bytes(type(n).BITS // 8, "big" if be else "little", signed=type(n).SIGNED)
    return List([u8(octet) for octet in raw], u8)
