"""Numbers where a type is wanted, and the bytes of an f64."""

import math
import struct
from typing import Final

from seahorse.errors import Fault, FaultError
from seahorse.floats import f64
from seahorse.integers import Integer, OpenPower, is_number, widens

_FLOAT: Final = struct.Struct("<d")
FLOAT_SIZE: Final = _FLOAT.size
"""Bytes of an f64."""


def adopt(kind: type[Integer], value: object) -> Integer:
    """A value where `kind` is wanted: of that type, of a narrower one, or a plain int (a literal).

    Raises TypeError for any other.
    """
    if isinstance(value, Integer) and (type(value) is kind or widens(type(value), kind)):
        return kind.checked(int(value), Fault.OVERFLOW)
    if isinstance(value, OpenPower):
        return kind.checked(int(value), Fault.OVERFLOW)
    if type(value) is int and kind.LOW <= value <= kind.HIGH:
        return kind.checked(value, Fault.OVERFLOW)
    raise TypeError(f"{value!r} is no {kind.__name__}: convert it, as in '{kind.__name__}(x)'")


def adopt_float(value: object) -> f64:
    """A number where an f64 is wanted; TypeError for anything else."""
    if not is_number(value):
        raise TypeError(f"{value!r} is no f64")
    return f64(value)


def encode_float(value: f64) -> bytes:
    """Borsh has no NaN."""
    if math.isnan(value):
        raise FaultError(Fault.CONVERSION, "a NaN cannot be stored")
    return _FLOAT.pack(value)


def decode_float(raw: bytes) -> f64:
    """Raises ValueError for a NaN."""
    number = f64(*_FLOAT.unpack(raw))
    if math.isnan(number):
        raise ValueError("a NaN is no value on chain")
    return number
