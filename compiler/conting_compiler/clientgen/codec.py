"""The Borsh functions of a client: one `_put_…` and `_get_…` for each type that it uses."""

from dataclasses import dataclass, field

from conting_compiler.clientgen.json_reader import snake
from conting_compiler.clientgen.kinds import (
    ArrayOf,
    EnumRef,
    Kind,
    ListOf,
    OptionOf,
    Plain,
    StructRef,
)
from conting_compiler.clientgen.layout import exploded, indent
from conting_compiler.clientgen.model import INTEGERS, Structure

READER = '''
class _Reader:
    """Takes Borsh values from an account's bytes, in order."""

    def __init__(self, data: bytes, discriminator: bytes) -> None:
        self._data = data
        self._at = 0
        if self.take(len(discriminator)) != discriminator:
            raise DecodeError("the account is of another class")

    def take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise DecodeError(f"the account ends at byte {len(self._data)}, before byte {end}")
        taken = self._data[self._at : end]
        self._at = end
        return taken
'''

_PUT_INTEGER = """
def _put_integer(name: str, value: int, size: int, *, signed: bool) -> bytes:
    try:
        return value.to_bytes(size, "little", signed=signed)
    except OverflowError:
        raise ValueError(
            f"{name} is {value}: not a{'' if signed else 'n un'}signed {size}-byte integer"
        ) from None
"""
_PUT_ENUM = """
def _put_{mark}(name: str, value: {kind}) -> bytes:
    return _put_u8(name, {kind}(value))
"""
_PUT_PLAIN = {
    "f64": """
def _put_f64(name: str, value: float) -> bytes:
    if value != value:  # noqa: PLR0124 - a NaN, which Borsh refuses
        raise ValueError(f"{name} is no number")
    return struct.pack("<d", value)
""",
    "bool": """
def _put_bool(_name: str, value: bool) -> bytes:  # noqa: FBT001
    return bytes([value])
""",
    "pubkey": """
def _put_pubkey(_name: str, value: Pubkey) -> bytes:
    return bytes(value)
""",
    "string": """
def _put_string(_name: str, value: str) -> bytes:
    text = value.encode()
    return len(text).to_bytes(4, "little") + text
""",
    "bytes": """
def _put_bytes(_name: str, value: bytes) -> bytes:
    return len(value).to_bytes(4, "little") + value
""",
}
_CHECK_LENGTH = """
def _check_length(name: str, value: Sized, length: int) -> None:
    if len(value) != length:
        raise ValueError(f"{name} has {len(value)} elements instead of {length}")
"""
_PUT_OCTETS = """
def _put_bytes{size}(name: str, value: bytes) -> bytes:
    _check_length(name, value, {size})
    return bytes(value)
"""
_PUT_ARRAY = """
def _put_{mark}(name: str, value: Sequence[{element}]) -> bytes:
    _check_length(name, value, {length})
    return b"".join(_put_{element_mark}(name, each) for each in value)
"""
_PUT_LIST = """
def _put_{mark}(name: str, value: Sequence[{element}]) -> bytes:
    items = b"".join(_put_{element_mark}(name, each) for each in value)
    return _put_u32(name, len(value)) + items
"""
_PUT_OPTION = """
def _put_{mark}(name: str, value: {inner} | None) -> bytes:
    return bytes(1) if value is None else b"\\1" + _put_{inner_mark}(name, value)
"""
_GET_OPTION = """
def _get_{mark}(reader: _Reader) -> {inner} | None:
    octet = reader.take(1)[0]
    if octet > 1:
        raise DecodeError(f"{{octet}} is neither none nor some")
    return _get_{inner_mark}(reader) if octet else None
"""
_GET_LIST = """
def _get_{mark}(reader: _Reader) -> {hint}:
    return tuple(_get_{element_mark}(reader) for _ in range(_get_u32(reader)))
"""
_GET_PLAIN = {
    "f64": """
def _get_f64(reader: _Reader) -> float:
    return float(struct.unpack("<d", reader.take(8))[0])
""",
    "bool": """
def _get_bool(reader: _Reader) -> bool:
    octet = reader.take(1)[0]
    if octet > 1:
        raise DecodeError(f"{octet} is neither false nor true")
    return octet == 1
""",
    "pubkey": """
def _get_pubkey(reader: _Reader) -> Pubkey:
    return Pubkey.from_bytes(reader.take(32))
""",
    "string": """
def _get_string(reader: _Reader) -> str:
    try:
        return _get_bytes(reader).decode()
    except UnicodeDecodeError:
        raise DecodeError("a text is not UTF-8") from None
""",
    "bytes": """
def _get_bytes(reader: _Reader) -> bytes:
    return reader.take(_get_u32(reader))
""",
}
_GET_ENUM = """
def _get_{mark}(reader: _Reader) -> {kind}:
    octet = reader.take(1)[0]
    if octet >= len({kind}):
        raise DecodeError(f"{{octet}} is no {kind}")
    return {kind}(octet)
"""
_GET_ARRAY = """
def _get_{mark}(reader: _Reader) -> {hint}:
    return tuple(_get_{element_mark}(reader) for _ in range({length}))
"""
_GET_NEEDS = {"string": Plain("bytes"), "bytes": Plain("u32")}
_HINTS = {"f64": "float", "bool": "bool", "pubkey": "Pubkey", "string": "str", "bytes": "bytes"}


def mark(kind: Kind) -> str:  # noqa: PLR0911 - one per kind
    """The type's part of a function's name: `u16`, `u16_x3`, `bytes32`, `enum_ticket_state`."""
    match kind:
        case Plain(name=name):
            return name
        case EnumRef(name=name):
            return f"enum_{snake(name)}"
        case StructRef(name=name):
            return f"struct_{snake(name)}"
        case ListOf(element=element):
            return f"list_{mark(element)}"
        case OptionOf(inner=inner):
            return f"option_{mark(inner)}"
        case ArrayOf(element=Plain(name="u8"), length=length):
            return f"bytes{length}"
        case ArrayOf(element=element, length=length):
            return f"{mark(element)}_x{length}"


def hint(kind: Kind, *, sequence: str = "tuple[{}, ...]") -> str:
    """The Python type of a value; `sequence` says what an array is."""
    match kind:
        case Plain(name=name):
            return _HINTS.get(name, "int")
        case EnumRef(name=name) | StructRef(name=name):
            return name
        case OptionOf(inner=inner):
            return f"{hint(inner, sequence=sequence)} | None"
        case ArrayOf(element=Plain(name="u8")):
            return "bytes"
        case ArrayOf(element=element) | ListOf(element=element):
            return sequence.format(hint(element, sequence=sequence))


def argument_hint(kind: Kind) -> str:
    """The Python type of an argument: an array may be any sequence."""
    return hint(kind, sequence="Sequence[{}]")


_SEED = """
def _seed(name: str, value: bytes) -> bytes:
    if len(value) > 32:
        raise ValueError(f"{name} has {len(value)} bytes; a seed of an address has at most 32")
    return value
"""


@dataclass(slots=True)
class Codecs:
    """Collects the functions that a client needs, each after those that it calls."""

    functions: dict[str, str] = field(default_factory=dict)
    structures: dict[str, Structure] = field(default_factory=dict)
    """Of the program, by name."""

    def put(self, kind: Kind) -> str:
        """The name of the function that encodes the type."""
        name = f"_put_{mark(kind)}"
        if name not in self.functions:
            text = self._put_text(kind)
            self.functions[name] = text
        return name

    def get(self, kind: Kind) -> str:
        """The name of the function that decodes the type."""
        name = f"_get_{mark(kind)}"
        if name not in self.functions:
            text = self._get_text(kind)
            self.functions[name] = text
        return name

    def seed(self) -> str:
        """The name of the function that refuses texts which are too long for an address."""
        self.functions["_seed"] = _SEED
        return "_seed"

    def _put_text(self, kind: Kind) -> str:  # noqa: PLR0911 - one per kind
        match kind:
            case Plain(name=name) if name in INTEGERS:
                self.functions["_put_integer"] = _PUT_INTEGER
                return _integer_text(
                    f"_put_{name}(name: str, value: int) -> bytes", "_put_integer(name, value", name
                )
            case Plain(name=name):
                return _PUT_PLAIN[name]
            case EnumRef(name=name):
                self.put(Plain("u8"))
                return _PUT_ENUM.format(mark=mark(kind), kind=name)
            case StructRef(name=name):
                return self._put_struct(kind, self.structures[name])
            case OptionOf(inner=inner):
                self.put(inner)
                return _PUT_OPTION.format(
                    mark=mark(kind), inner=argument_hint(inner), inner_mark=mark(inner)
                )
            case ListOf(element=element):
                self.put(Plain("u32"))
                self.put(element)
                return _PUT_LIST.format(
                    mark=mark(kind), element=argument_hint(element), element_mark=mark(element)
                )
            case ArrayOf(element=Plain(name="u8"), length=length):
                self.functions["_check_length"] = _CHECK_LENGTH
                return _PUT_OCTETS.format(size=length)
            case ArrayOf(element=element, length=length):
                self.functions["_check_length"] = _CHECK_LENGTH
                self.put(element)
                return _PUT_ARRAY.format(
                    mark=mark(kind),
                    element=argument_hint(element),
                    length=length,
                    element_mark=mark(element),
                )

    def _get_text(self, kind: Kind) -> str:  # noqa: PLR0911 - one per kind
        match kind:
            case Plain(name=name) if name in INTEGERS:
                size = INTEGERS[name]
                return _integer_text(
                    f"_get_{name}(reader: _Reader) -> int",
                    f'int.from_bytes(reader.take({size}), "little"',
                    name,
                    sized=False,
                )
            case Plain(name=name):
                if name in _GET_NEEDS:
                    self.get(_GET_NEEDS[name])
                return _GET_PLAIN[name]
            case EnumRef(name=name):
                return _GET_ENUM.format(mark=mark(kind), kind=name)
            case StructRef(name=name):
                fields = self.structures[name].fields
                items = [f"{each.name}={self.get(each.kind)}(reader)" for each in fields]
                body = indent(exploded(f"return {name}(", items, ")"))
                head = f"\ndef _get_{mark(kind)}(reader: _Reader) -> {name}:"
                return "\n".join([head, *body, ""])
            case OptionOf(inner=inner):
                self.get(inner)
                return _GET_OPTION.format(
                    mark=mark(kind), inner=hint(inner), inner_mark=mark(inner)
                )
            case ListOf(element=element):
                self.get(Plain("u32"))
                self.get(element)
                return _GET_LIST.format(
                    mark=mark(kind), hint=hint(kind), element_mark=mark(element)
                )
            case ArrayOf(element=Plain(name="u8"), length=length):
                return (
                    f"\ndef _get_bytes{length}(reader: _Reader) -> bytes:\n"
                    f"    return reader.take({length})\n"
                )
            case ArrayOf(element=element, length=length):
                self.get(element)
                return _GET_ARRAY.format(
                    mark=mark(kind), hint=hint(kind), length=length, element_mark=mark(element)
                )

    def _put_struct(self, kind: Kind, structure: Structure) -> str:
        fields = structure.fields
        items = [
            f'{self.put(each.kind)}(f"{{name}}.{each.name}", value.{each.name})' for each in fields
        ]
        head = f"\ndef _put_{mark(kind)}(name: str, value: {structure.name}) -> bytes:"
        parts = exploded("[", items, "]")
        body = indent(['return b"".join(', *indent(parts), ")"])
        return "\n".join([head, *body, ""])


def _integer_text(head: str, start: str, name: str, *, sized: bool = True) -> str:
    size = f", {INTEGERS[name]}" if sized else ""
    return f"\ndef {head}:\n    return {start}{size}, signed={name.startswith('i')})\n"
