"""The dialect's values other than integers: keys, arrays, enums; and their bytes (Borsh)."""

import enum
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Generic, SupportsIndex, TypeVar, cast

from seahorse.addresses import ADDRESS_SIZE, base58_decode, base58_encode, is_on_curve
from seahorse.errors import Fault, FaultError
from seahorse.integers import Integer, widens
from seahorse.ints import u8

T = TypeVar("T")


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Pubkey:
    """A public key or address; written in base58."""

    raw: bytes

    def __init__(self, text: str) -> None:
        """Raises ValueError unless the text is the base58 of 32 bytes."""
        raw = base58_decode(text)
        if len(raw) != ADDRESS_SIZE:
            raise ValueError(f"'{text}' is not the base58 of {ADDRESS_SIZE} bytes")
        object.__setattr__(self, "raw", raw)

    @classmethod
    def of(cls, raw: bytes) -> "Pubkey":
        """The key of these 32 bytes."""
        return cls(base58_encode(raw))

    @classmethod
    def default(cls) -> "Pubkey":
        """32 zero bytes: the System program, and 'nobody'."""
        return cls("1" * ADDRESS_SIZE)

    def is_on_curve(self) -> bool:
        """Whether somebody can hold its private key; a derived address is never on the curve."""
        return is_on_curve(self.raw)

    def __bytes__(self) -> bytes:
        return self.raw

    def __str__(self) -> str:
        return base58_encode(self.raw)

    def __repr__(self) -> str:
        return f"Pubkey({str(self)!r})"


class Enum(enum.Enum):
    """Base of a program's enums: a u8 on chain, numbered in the order of declaration."""

    @property
    def number(self) -> int:
        """The place among the members, from 0."""
        return list(type(self)).index(self)


@dataclass(frozen=True, slots=True)
class ArrayKind:
    """What `Array[element, length]` is at run time."""

    element: "Kind"
    length: int

    def __post_init__(self) -> None:
        if size_of(self.element) is None:
            raise TypeError("the elements of an Array need a fixed size")


Kind = type[Integer] | type[bool] | type[Pubkey] | type[Enum] | type[str] | type[bytes] | ArrayKind
"""The run-time form of a type annotation of a field or argument."""


class Array(Generic[T]):
    """`Array[T, N]`: N values of type T. A reference: of an account's field, the field itself."""

    __slots__ = ("_buffer", "_offset", "kind")

    def __init__(self, kind: ArrayKind, buffer: bytearray, offset: int = 0) -> None:
        self.kind = kind
        self._buffer = buffer
        self._offset = offset

    def __class_getitem__(cls, parameters: tuple[Kind, int]) -> ArrayKind:
        element, length = parameters
        return ArrayKind(element, length)

    def _place(self, index: SupportsIndex) -> int:
        number = index.__index__()
        if not -self.kind.length <= number < self.kind.length:
            raise FaultError(Fault.INDEX, f"{number} in an array of {self.kind.length}")
        return self._offset + number % self.kind.length * fixed_size(self.kind.element)

    def __getitem__(self, index: SupportsIndex) -> T:
        return cast("T", view(self.kind.element, self._buffer, self._place(index)))

    def __setitem__(self, index: SupportsIndex, value: T) -> None:
        raw = encode(self.kind.element, value)
        start = self._place(index)
        self._buffer[start : start + len(raw)] = raw

    def __len__(self) -> int:
        return self.kind.length

    def __iter__(self) -> Iterator[T]:
        return (self[index] for index in range(self.kind.length))

    def __bytes__(self) -> bytes:
        return bytes(self._buffer[self._offset : self._offset + fixed_size(self.kind)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Array) or other.kind != self.kind:
            return NotImplemented
        return bytes(self) == bytes(other)

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"Array({list(self)!r})"


_LENGTH_SIZE: Final = 4


def size_of(kind: Kind) -> int | None:
    """Bytes that every value of the kind takes; None where they vary."""
    if isinstance(kind, ArrayKind):
        return fixed_size(kind.element) * kind.length
    if issubclass(kind, Integer):
        return kind.BITS // 8
    if issubclass(kind, (str, bytes)):
        return None
    return ADDRESS_SIZE if kind is Pubkey else 1


def fixed_size(kind: Kind) -> int:
    """Bytes of a kind of fixed size; TypeError for others."""
    size = size_of(kind)
    if size is None:
        raise TypeError(f"{kind} has no fixed size")
    return size


def adopt(kind: type[Integer], value: object) -> Integer:
    """A value where `kind` is wanted: of that type, of a narrower one, or a plain int (a literal).

    Raises TypeError for any other.
    """
    if isinstance(value, Integer) and (type(value) is kind or widens(type(value), kind)):
        return kind.checked(int(value), Fault.OVERFLOW)
    if type(value) is int and kind.LOW <= value <= kind.HIGH:
        return kind.checked(value, Fault.OVERFLOW)
    raise TypeError(f"{value!r} is no {kind.__name__}: convert it, as in '{kind.__name__}(x)'")


def _encode_array(kind: ArrayKind, value: object) -> bytes:
    if isinstance(value, Array) and value.kind == kind:
        return bytes(value)
    if not isinstance(value, (list, tuple, bytes, bytearray)) or len(value) != kind.length:
        raise TypeError(f"{value!r} is no Array of {kind.length}")
    return b"".join(encode(kind.element, each) for each in value)


def _with_length(raw: bytes) -> bytes:
    return len(raw).to_bytes(_LENGTH_SIZE, "little") + raw


def encode(kind: Kind, value: object) -> bytes:
    """The value as Borsh. Raises TypeError unless it is, or may be taken as, one of the kind."""
    if isinstance(kind, ArrayKind):
        return _encode_array(kind, value)
    if issubclass(kind, Integer):
        return int(adopt(kind, value)).to_bytes(kind.BITS // 8, "little", signed=kind.SIGNED)
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    if isinstance(value, (str, bytes)):
        return _with_length(value.encode() if isinstance(value, str) else value)
    if isinstance(value, Enum):
        return bytes([value.number])
    return bytes(value) if isinstance(value, Pubkey) else bytes([value is True])


def view(kind: Kind, buffer: bytearray, offset: int) -> object:
    """The value of fixed size at `offset`; an array refers to the buffer, all else is a copy.

    Raises ValueError for bytes that stand for no value of the kind.
    """
    if isinstance(kind, ArrayKind):
        array: Array[object] = Array(kind, buffer, offset)
        return array
    raw = bytes(buffer[offset : offset + fixed_size(kind)])
    if issubclass(kind, Integer):
        return kind(int.from_bytes(raw, "little", signed=kind.SIGNED))
    if issubclass(kind, Pubkey):
        return Pubkey.of(raw)
    choices = list(kind) if issubclass(kind, Enum) else [False, True]
    if raw[0] >= len(choices):
        raise ValueError(f"{raw[0]} is no {kind.__name__}")
    return choices[raw[0]]


def take(kind: Kind, buffer: bytearray, offset: int) -> tuple[object, int]:
    """The value at `offset` and the offset behind it. Raises ValueError where bytes are wanting."""
    size = size_of(kind)
    start = offset
    if size is None:
        start = offset + _LENGTH_SIZE
        size = int.from_bytes(buffer[offset:start], "little")
    end = start + size
    if end > len(buffer):
        raise ValueError(f"{end - len(buffer)} bytes are wanting")
    if kind is str or kind is bytes:
        raw = bytes(buffer[start:end])
        return (raw.decode() if kind is str else raw), end
    return view(kind, buffer, offset), end


def plain_bytes(value: object) -> bytes:
    """The bytes of a value by itself: text and bytes without their length, integers little-endian.

    Raises TypeError for a plain int: how many bytes it takes is not known.
    """
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    if isinstance(value, (Pubkey, Array)):
        return bytes(value)
    if isinstance(value, (Integer, bool, Enum)):
        return encode(type(value), value)
    raise TypeError(f"how many bytes {value!r} takes is not known: write its width, as in u64(…)")


def bytes_of(*values: object) -> bytes:
    """The bytes of all values one after the other; text and bytes without their length."""
    return b"".join(plain_bytes(value) for value in values)


def sha256(data: bytes) -> "Array[u8]":
    """The SHA-256 digest: `Array[u8, 32]`."""
    digest = hashlib.sha256(data).digest()
    return Array(ArrayKind(cast("type[Integer]", u8), len(digest)), bytearray(digest))
