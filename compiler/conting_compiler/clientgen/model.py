"""An IDL, checked and frozen: what the text of a client is written from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from conting_compiler.base58 import encode
from conting_compiler.clientgen.json_reader import Json, snake
from conting_compiler.clientgen.kinds import (
    ArrayOf,
    EnumRef,
    Kind,
    ListOf,
    OptionOf,
    Plain,
    StructRef,
)
from conting_compiler.ir.faults import MESSAGES
from conting_compiler.ir.typesystem import DISCRIMINATOR_SIZE, PUBKEY_SIZE

SPEC = "0.1.0"
INTEGERS = {f"{sign}{bits}": bits // 8 for bits in (8, 16, 32, 64, 128) for sign in "iu"}
_PLAIN = frozenset({"f64", "bool", "pubkey", "string", "bytes", *INTEGERS})
_FAULTS = frozenset(MESSAGES)
"""What the compiler's own checks refuse; the client library knows these of all programs."""
_RESERVED = frozenset({
    "program_id", "PROGRAM_ID", "bytes", "Pubkey", "Instruction", "AccountMeta", "Sequence",
})  # fmt: skip
"""Names that a generated function uses itself; a parameter of that name gets a `_`."""
_MODULE = _RESERVED | frozenset({
    "ClassVar", "DecodeError", "ErrorCode", "Final", "INSTRUCTIONS", "IntEnum",
    "OverflowError", "Self", "Sized", "UnicodeDecodeError", "ValueError", "bool", "classmethod",
    "dataclass", "dict", "float", "int", "len", "property", "range", "str", "struct", "tuple",
    "unique",
})  # fmt: skip
"""Names that the generated module uses itself; a class or function of that name gets a `_`."""
_ACCOUNT = frozenset({"DISCRIMINATOR", "decode"})
"""What every class of accounts has; a field of that name gets a `_`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an account, or an argument of an instruction."""

    name: str
    kind: Kind
    docs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Enumeration:
    """A fieldless enum; a variant's number is its place."""

    name: str
    variants: tuple[str, ...]
    docs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountClass:
    """A class of accounts and its layout after the discriminator."""

    name: str
    discriminator: bytes
    fields: tuple[Field, ...]
    docs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """A struct that is a part of others."""

    name: str
    fields: tuple[Field, ...]
    docs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the program."""

    name: str
    code: int
    message: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Constant bytes, or the key of an account (kind None), or an argument's value."""

    constant: bytes | None = None
    path: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Derivation:
    """What an address is derived from, and under which program if not under the client's own."""

    seeds: tuple[Seed, ...]
    program: str | None = None

    @property
    def paths(self) -> dict[str, Seed]:
        """The seeds that are accounts or arguments, by name."""
        return {seed.path: seed for seed in self.seeds if seed.constant is None}


@dataclass(frozen=True, slots=True)
class AccountItem:
    """An account that an instruction takes."""

    name: str
    writable: bool
    signer: bool
    address: str | None
    derivation: Derivation | None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class InstructionDef:
    """One instruction."""

    name: str
    """As the program calls it."""
    function: str
    """As Python does."""
    discriminator: bytes
    accounts: tuple[AccountItem, ...]
    arguments: tuple[Field, ...]
    docs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """All that a client's text says."""

    program: str
    address: str
    docs: tuple[str, ...]
    enums: tuple[Enumeration, ...]
    accounts: tuple[AccountClass, ...]
    errors: tuple[Refusal, ...]
    instructions: tuple[InstructionDef, ...]
    structures: tuple[Structure, ...] = ()
    """Each after those that are its parts."""


def from_idl(idl: object) -> Client:
    """Checks parsed JSON of spec 0.1.0. Raises ConfigError."""
    top = Json(idl, "top")
    metadata = top.get("metadata")
    spec = metadata.get("spec")
    if spec.text() != SPEC:
        raise spec.error(f"spec {spec.text()} is not known; expected {SPEC}")
    types = {item.get("name").name(): item for item in top.items("types")}
    enums = tuple(_enumeration(item) for item in types.values() if _type_kind(item) == "enum")
    held = frozenset(each.get("name").text() for each in _decoded(top))
    loose = {n: t for n, t in types.items() if _type_kind(t) == "struct" and n not in held}
    names = _Names(
        frozenset(n for n, t in types.items() if _type_kind(t) == "enum"), frozenset(loose)
    )
    structures = tuple(_structure(item, names) for item in loose.values())
    _refuse_repeats(top, "types", (item.get("name").text() for item in top.items("types")))
    refusals = map(_refusal, top.items("errors"))
    return Client(
        program=metadata.get("name").name(),
        address=top.get("address").text(),
        docs=top.docs(),
        enums=enums,
        accounts=tuple(_account(item, types, names) for item in _decoded(top)),
        errors=tuple(each for each in refusals if each.code not in _FAULTS),
        instructions=tuple(_instruction(item, names) for item in top.items("instructions")),
        structures=_in_order(structures, top),
    )


def _decoded(top: Json) -> list[Json]:
    """The accounts and the events: both are bytes behind a discriminator."""
    events = [] if top.find("events") is None else list(top.items("events"))
    return [*top.items("accounts"), *events]


@dataclass(frozen=True, slots=True)
class _Names:
    """What types may be named in fields."""

    enums: frozenset[str]
    structures: frozenset[str]


def _structure(item: Json, names: _Names) -> Structure:
    fields = tuple(_field(each, names) for each in item.get("type").items("fields"))
    _refuse_repeats(item, "fields", (each.name for each in fields))
    return Structure(_global(item), fields, item.docs())


def _in_order(structures: tuple[Structure, ...], place: Json) -> tuple[Structure, ...]:
    """Parts before what they are parts of."""
    done: dict[str, Structure] = {}
    waiting = list(structures)
    while waiting:
        ready = [each for each in waiting if _parts(each) <= done.keys()]
        if not ready:
            raise place.error(f"the struct '{waiting[0].name}' is a part of itself")
        done |= {each.name: each for each in ready}
        waiting = [each for each in waiting if each.name not in done]
    return tuple(done.values())


def _parts(structure: Structure) -> set[str]:
    kinds, found = [each.kind for each in structure.fields], set[str]()
    while kinds:
        match kinds.pop():
            case StructRef(name=name):
                found.add(name)
            case ArrayOf(element=part) | ListOf(element=part) | OptionOf(inner=part):
                kinds.append(part)
            case _:
                pass
    return found


def _refuse_repeats(place: Json, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise place.error(f"'{name}' stands twice among the {what}")
        seen.add(name)


def _type_kind(item: Json) -> str:
    return item.get("type").get("kind").text()


def _enumeration(item: Json) -> Enumeration:
    variants = item.get("type").items("variants")
    for variant in variants:
        if variant.find("fields") is not None:
            raise variant.error("variants with fields are not supported")
    names = tuple(snake(variant.get("name").name()).upper() for variant in variants)
    _refuse_repeats(item, "variants", names)
    return Enumeration(_global(item), names, item.docs())


def _account(item: Json, types: dict[str, Json], names: _Names) -> AccountClass:
    name = item.get("name").name()
    if name not in types or _type_kind(types[name]) != "struct":
        raise item.error(f"'types' has no struct '{name}'")
    layout = types[name]
    written = (_field(each, names) for each in layout.get("type").items("fields"))
    fields = tuple(replace(each, name=_free(each.name, _ACCOUNT)) for each in written)
    _refuse_repeats(layout, "fields", (each.name for each in fields))
    return AccountClass(_global(item), _discriminator(item), fields, layout.docs())


def _discriminator(item: Json) -> bytes:
    place = item.get("discriminator")
    octets = place.octets()
    if len(octets) != DISCRIMINATOR_SIZE:
        raise place.error(f"expected {DISCRIMINATOR_SIZE} bytes")
    return octets


def _field(item: Json, names: _Names) -> Field:
    return Field(item.get("name").name(), _kind(item.get("type"), names), item.docs())


def _kind(place: Json, names: _Names) -> Kind:
    if isinstance(place.value, str):
        if place.value not in _PLAIN:
            raise place.error(f"the type '{place.value}' is not supported")
        return Plain(place.value)
    array = place.find("array")
    if array is not None:
        return _array(array, names)
    vec = place.find("vec")
    if vec is not None:
        return ListOf(_kind(vec, names))
    option = place.find("option")
    if option is not None:
        return OptionOf(_kind(option, names))
    defined = place.get("defined").get("name")
    if defined.text() in names.structures:
        return StructRef(_free(defined.text(), _MODULE))
    if defined.text() not in names.enums:
        raise defined.error(f"'{defined.text()}' is not a fieldless enum or struct of this IDL")
    return EnumRef(_free(defined.text(), _MODULE))


def _array(place: Json, names: _Names) -> ArrayOf:
    match place.elements():
        case [element, length]:
            return ArrayOf(_kind(element, names), length.integer(1, 0xFFFF))
        case _:
            raise place.error("expected [type, length]")


def _refusal(item: Json) -> Refusal:
    name = snake(item.get("name").name()).upper()
    return Refusal(name, item.get("code").integer(0, 0xFFFF_FFFF), item.get("msg").text())


def _instruction(item: Json, names: _Names) -> InstructionDef:
    fields = tuple(_field(each, names) for each in item.items("args"))
    kinds = {field.name: field.kind for field in fields}
    arguments = tuple(replace(each, name=_parameter(each.name)) for each in fields)
    places = item.items("accounts")
    taken = [_parameter(each.get("name").name()) for each in places]
    every = [*taken, *(each.name for each in arguments)]
    _refuse_repeats(item, "accounts and arguments", every)
    free = frozenset(each.get("name").text() for each in places if each.find("address") is None)
    accounts = tuple(_account_item(each, free, kinds) for each in places)
    _refuse_circles(item, accounts)
    name = item.get("name").name()
    return InstructionDef(
        name, _global(item), _discriminator(item), accounts, arguments, item.docs()
    )


def _free(name: str, taken: frozenset[str]) -> str:
    return f"{name}_" if name in taken else name


def _parameter(name: str) -> str:
    return _free(name, _RESERVED)


def _global(item: Json) -> str:
    """The Python name of a class or function."""
    return _free(item.get("name").name(), _MODULE)


def _account_item(item: Json, accounts: frozenset[str], arguments: dict[str, Kind]) -> AccountItem:
    optional = item.flag("optional")
    pda, address = item.find("pda"), item.find("address")
    return AccountItem(
        name=_parameter(item.get("name").name()),
        writable=item.flag("writable"),
        signer=item.flag("signer"),
        address=None if address is None else address.text(),
        derivation=None if pda is None or optional else _derivation(pda, accounts, arguments),
        optional=optional,
    )


def _derivation(
    pda: Json, accounts: frozenset[str], arguments: dict[str, Kind]
) -> Derivation | None:
    """None where a seed lies inside an account (`event.number`): only the chain knows it."""
    program = pda.find("program")
    under = None if program is None else _program(program)
    seeds = pda.items("seeds")
    if any("." in path.text() for path in (seed.find("path") for seed in seeds) if path):
        return None
    return Derivation(tuple(_seed(seed, accounts, arguments) for seed in seeds), under)


def _program(place: Json) -> str:
    if place.get("kind").text() != "const":
        raise place.error("the program of an address has to be a constant")
    octets = place.get("value").octets()
    if len(octets) != PUBKEY_SIZE:
        raise place.error(f"expected {PUBKEY_SIZE} bytes")
    return encode(octets)


def _seed(seed: Json, accounts: frozenset[str], arguments: dict[str, Kind]) -> Seed:
    kind = seed.get("kind").text()
    if kind == "const":
        return Seed(constant=seed.get("value").octets())
    path = seed.get("path")
    if kind == "account" and path.text() in accounts:
        return Seed(path=_parameter(path.name()))
    if kind == "arg" and path.text() in arguments:
        return Seed(path=_parameter(path.name()), kind=arguments[path.text()])
    raise path.error(f"this instruction has no {kind} '{path.text()}' to derive an address from")


def derivation_order(accounts: tuple[AccountItem, ...]) -> tuple[AccountItem, ...] | None:
    """The accounts with seeds, each after those that its seeds name; None if they go in circles."""
    waiting = [account for account in accounts if account.derivation is not None]
    order: list[AccountItem] = []
    while waiting:
        open_names = {account.name for account in waiting}
        ready = [each for each in waiting if not _needs(each) & open_names]
        if not ready:
            return None
        order += ready
        waiting = [each for each in waiting if each not in ready]
    return tuple(order)


def _needs(account: AccountItem) -> set[str]:
    return set() if account.derivation is None else set(account.derivation.paths)


def _refuse_circles(item: Json, accounts: tuple[AccountItem, ...]) -> None:
    if derivation_order(accounts) is None:
        raise item.error("the addresses of its accounts are derived from each other in a circle")
