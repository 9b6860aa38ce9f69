"""The dialect's values other than integers: keys, arrays, enums; and their bytes (Borsh)."""

from collections.abc import Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, SupportsIndex, TypeAlias, TypeVar, cast, overload

from seahorse.addresses import (
    ADDRESS_SIZE,
    MAX_SEED_SIZE,
    base58_decode,
    base58_encode,
    find_program_address,
    is_on_curve,
)
from seahorse.adopting import FLOAT_SIZE, adopt, adopt_float, decode_float, encode_float
from seahorse.containers import (
    Boxes,
    List,
    ListKind,
    OptionKind,
    TupleKind,
    fields_of,
    is_plain,
    literal,
)
from seahorse.enums import Enum
from seahorse.errors import Fault, FaultError
from seahorse.floats import f64
from seahorse.integers import Integer
from seahorse.ints import i64, u8
from seahorse.settling import NOT_MINE, RULES, settle

T = TypeVar("T")
RUNNING_PROGRAM: "Final[ContextVar[Pubkey]]" = ContextVar("running_program")
"""The program whose instruction runs."""


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
    def from_bytes(cls, data: "bytes | Array[u8]") -> "Pubkey":
        """The key of 32 bytes; Fault.CONVERSION where there are not so many."""
        raw = bytes(data)
        if len(raw) != ADDRESS_SIZE:
            raise FaultError(Fault.CONVERSION, f"{len(raw)} bytes are no Pubkey")
        return cls.of(raw)

    @classmethod
    def default(cls) -> "Pubkey":
        """32 zero bytes: the System program, and 'nobody'."""
        return cls("1" * ADDRESS_SIZE)

    @staticmethod
    def find_program_address(
        seeds: "Sequence[object]", program_id: "Pubkey | None" = None
    ) -> "tuple[Pubkey, u8]":
        """The address that the seeds have under a program, by default the running one; its bump."""
        program = RUNNING_PROGRAM.get() if program_id is None else program_id
        raw = [plain_bytes(getattr(seed, "_address", seed)) for seed in seeds]
        if any(len(seed) > MAX_SEED_SIZE for seed in raw):
            raise FaultError(Fault.WRONG_SEEDS, f"a seed has at most {MAX_SEED_SIZE} bytes")
        address, bump = find_program_address(raw, program.raw)
        return Pubkey.of(address), u8(bump)

    def is_on_curve(self) -> bool:
        """Whether somebody can hold its private key; a derived address is never on the curve."""
        return is_on_curve(self.raw)

    def __bytes__(self) -> bytes:
        return self.raw

    def __str__(self) -> str:
        return base58_encode(self.raw)

    def __repr__(self) -> str:
        return f"Pubkey({str(self)!r})"


@dataclass(frozen=True, slots=True)
class ArrayKind:
    """What `Array[element, length]` is at run time."""

    element: "Kind"
    length: int


Kind = (
    type[Integer]
    | type[f64]
    | type[bool]
    | type[Pubkey]
    | type[Enum]
    | type[str]
    | type[bytes]
    | ArrayKind
    | ListKind
    | OptionKind
)
"""The run-time form of a type annotation of a field or argument."""


if TYPE_CHECKING:
    Bytes32: TypeAlias = "Array[u8]"
    Bytes33: TypeAlias = "Array[u8]"
else:  # with the length, by which `typing_rules` types variables
    Bytes32, Bytes33 = ArrayKind(u8, 32), ArrayKind(u8, 33)


class Array(Generic[T]):
    """`Array[T, N]`: N values of type T. A reference: of an account's field, the field itself."""

    __slots__ = ("_buffer", "_offset", "bare", "kind")
    bare: bool
    """Whether its elements are numbers that no type was given for."""

    def __new__(
        cls,
        kind: object,
        buffer: object = None,
        offset: int = 0,  # noqa: ARG004
        *,
        len: int | None = None,  # noqa: A002 - upstream's name
    ) -> "Array[T]":
        """`Array(values, length)` in a program: a new Array of the values."""
        if isinstance(kind, ArrayKind):
            return super().__new__(cls)
        if len is not None:
            buffer = len
        if isinstance(kind, bytes):
            return cast("Array[T]", _array_of_bytes(kind, cast("int", buffer)))
        made = array(*cast("Iterable[object]", kind))
        if cast("Array[T]", made).kind.length != buffer:
            raise FaultError(Fault.INDEX, f"{made!r} has not {buffer} elements")
        return cast("Array[T]", made)

    def __init__(
        self,
        kind: object,
        buffer: object = None,
        offset: int = 0,
        *,
        len: int | None = None,  # noqa: A002, ARG002 - upstream's name
    ) -> None:
        if not isinstance(kind, ArrayKind) or not isinstance(buffer, bytearray):
            return
        self.kind = kind
        self.bare = False
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

    @overload
    def __getitem__(self, index: SupportsIndex) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> "Array[T]": ...

    def __getitem__(self, index: SupportsIndex | slice) -> "T | Array[T]":
        if isinstance(index, slice):
            return self._part(index)
        return cast("T", view(self.kind.element, self._buffer, self._place(index)))

    def _part(self, part: slice) -> "Array[T]":
        """A new Array of the elements from one place to another."""
        start, stop, step = part.indices(self.kind.length)
        if step != 1 or stop <= start:
            raise TypeError("an Array's slice has no step and is not empty")
        size = fixed_size(self.kind.element)
        raw = bytes(self)[start * size : stop * size]
        return Array(ArrayKind(self.kind.element, stop - start), bytearray(raw))

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

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self))}]"


LENGTH_SIZE: Final = 4


def size_of(kind: Kind) -> int | None:
    """Bytes that every value of the kind takes; None where they vary, and of plain classes."""
    if isinstance(kind, ArrayKind):
        size = size_of(kind.element)
        return None if size is None else size * kind.length
    if isinstance(kind, (ListKind, OptionKind)) or is_plain(kind):
        return None
    if issubclass(kind, Integer):
        return kind.BITS // 8
    if issubclass(kind, f64):
        return FLOAT_SIZE
    if issubclass(kind, (str, bytes)):
        return None
    return ADDRESS_SIZE if kind is Pubkey else 1


def fixed_size(kind: Kind) -> int:
    """Bytes of a kind of fixed size; TypeError for others."""
    size = size_of(kind)
    if size is None:
        raise TypeError(f"{kind} has no fixed size")
    return size


def is_packed(kind: Kind) -> bool:
    """Whether a value of the kind lies in its account as bytes."""
    return size_of(kind) is not None


def _encode_array(kind: ArrayKind, value: object) -> bytes:
    if isinstance(value, Array) and value.kind == kind:
        return bytes(value)
    if isinstance(value, Array) and value.bare:
        value = [int(each) for each in value]
    if not isinstance(value, (list, tuple, bytes, bytearray)) or len(value) != kind.length:
        raise TypeError(f"{value!r} is no Array of {kind.length}")
    return b"".join(encode(kind.element, each) for each in value)


def _with_length(raw: bytes) -> bytes:
    return len(raw).to_bytes(LENGTH_SIZE, "little") + raw


def encode(kind: Kind, value: object) -> bytes:  # noqa: PLR0911 - one per kind
    """The value as Borsh. Raises TypeError unless it is, or may be taken as, one of the kind."""
    if isinstance(kind, ArrayKind):
        return _encode_array(kind, value)
    if isinstance(kind, ListKind):
        elements = cast("list[object]", value)
        count = len(elements).to_bytes(LENGTH_SIZE, "little")
        return count + b"".join(encode(cast("Kind", kind.element), each) for each in elements)
    if isinstance(kind, OptionKind):
        return b"\0" if value is None else b"\1" + encode(cast("Kind", kind.inner), value)
    if is_plain(kind):
        fields = fields_of(kind).items()
        return b"".join(encode(cast("Kind", each), getattr(value, name)) for name, each in fields)
    if issubclass(kind, f64):
        return encode_float(adopt_float(value))
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
        found: Array[object] = Array(kind, buffer, offset)
        return found
    if isinstance(kind, (ListKind, OptionKind)):
        raise TypeError("a list or an Option has no fixed size")
    raw = bytes(buffer[offset : offset + fixed_size(kind)])
    if issubclass(kind, Integer):
        return kind(int.from_bytes(raw, "little", signed=kind.SIGNED))
    if issubclass(kind, f64):
        return decode_float(raw)
    if issubclass(kind, Pubkey):
        return Pubkey.of(raw)
    choices = list(kind) if issubclass(kind, Enum) else [False, True]
    if raw[0] >= len(choices):
        raise ValueError(f"{raw[0]} is no {kind.__name__}")
    return choices[raw[0]]


def _settle_value(kind: object, value: object) -> object:  # noqa: PLR0911 - one per kind
    """Numbers, lists and Arrays as the declared kind; the same list, its elements settled."""
    if isinstance(kind, type) and issubclass(kind, Integer):
        return adopt(kind, value)
    if isinstance(kind, type) and issubclass(kind, f64):
        return adopt_float(value)
    if isinstance(kind, ListKind) and isinstance(value, List):
        if value.kind is None or value.kind != kind.element:
            value.declare(kind.element)
        return value
    if isinstance(kind, ListKind) and isinstance(value, list):
        return List([settle(kind.element, each) for each in value], kind.element)
    if isinstance(kind, ArrayKind) and isinstance(value, list) and not isinstance(value, Boxes):
        return _new_array(kind, value)
    if isinstance(kind, ArrayKind) and isinstance(value, Array) and value.bare:
        return _new_array(kind, [int(each) for each in value])
    if isinstance(kind, OptionKind):
        return None if value is None else settle(kind.inner, value)
    if isinstance(kind, TupleKind) and isinstance(value, tuple):
        return tuple(settle(k, v) for k, v in zip(kind.elements, value, strict=True))
    return NOT_MINE


def _new_array(kind: ArrayKind, values: list[object]) -> object:
    if len(values) != kind.length:
        raise FaultError(Fault.INDEX, f"{len(values)} elements for an Array of {kind.length}")
    if not is_packed(kind):
        return Boxes([settle(kind.element, each) for each in values], kind.element)
    made: Array[object] = Array(kind, bytearray(encode(kind, values)))
    return made


RULES.append(_settle_value)


def _array_of_bytes(data: bytes, length: int) -> "Array[u8]":
    if len(data) != length:
        raise FaultError(Fault.INDEX, f"{len(data)} bytes for an Array of {length}")
    return Array(ArrayKind(cast("Kind", u8), length), bytearray(data))


def array(*elements: object) -> object:
    """`array(a, b, c)`: a new Array of these values."""
    found = literal(list(elements))
    is_bare = found.kind is None and all(type(each) is int for each in elements)
    if found.kind is None:
        found.declare(_kind_of(found[0]))
    made = _new_array(ArrayKind(cast("Kind", found.kind), len(found)), found)
    if isinstance(made, Array):
        made.bare = is_bare
    return made


def _kind_of(value: object) -> object:
    if type(value) is int:
        return i64
    if isinstance(value, Array):
        return value.kind
    return ListKind(value.kind) if isinstance(value, List) else type(value)


def plain_bytes(value: object) -> bytes:
    """The bytes of a value by itself: text and bytes without their length, integers little-endian.

    Raises TypeError for a plain int: how many bytes it takes is not known.
    """
    if isinstance(value, (str, bytes)):
        return value.encode() if isinstance(value, str) else value
    if isinstance(value, (Pubkey, Array)):
        return bytes(value)
    if isinstance(value, (Integer, f64, bool, Enum)):
        return encode(type(value), value)
    if isinstance(value, list):  # a seed that is written out
        return bytes(map(int, value))
    raise TypeError(f"how many bytes {value!r} takes is not known: write its width, as in u64(…)")


def array_of(data: bytes) -> "Array[u8]":
    """A new Array of these bytes."""
    return Array(ArrayKind(cast("type[Integer]", u8), len(data)), bytearray(data))
