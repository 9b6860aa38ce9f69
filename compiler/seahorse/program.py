"""A program as its modules declare it: address, instructions, errors, argument types."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import FunctionType, ModuleType, NoneType
from typing import Final, Self, cast, get_type_hints

from seahorse.accounts import AccountLike, Clock
from seahorse.containers import OptionKind
from seahorse.empty import EmptyKind
from seahorse.entry import ADDRESS_MARK, INSTRUCTION_MARK, LIBRARY
from seahorse.errors import FIRST_PROGRAM_ERROR, ErrorName, Errors, members
from seahorse.sysvars import Rent, SlotHashes
from seahorse.taking import take
from seahorse.values import Kind, Pubkey, encode

DISCRIMINATOR_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class AccountParameter:
    """An account that the instruction takes; `kind` is its class or Empty[class]."""

    name: str
    kind: type[AccountLike] | EmptyKind
    optional: bool = False
    """Whether the program's own id may stand in its place, for none."""


@dataclass(frozen=True, slots=True)
class ArgumentParameter:
    """A value in the instruction's data."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One instruction: its accounts and arguments in order, and the function that it is."""

    name: str
    discriminator: bytes
    accounts: tuple[AccountParameter, ...]
    arguments: tuple[ArgumentParameter, ...]
    clock: str | None
    function: Callable[..., object]
    sysvars: tuple[tuple[str, type[Rent | SlotHashes]], ...] = ()
    """Parameters that are no accounts: what they are called and what they are."""
    result: Kind | None = None

    def encode_arguments(self, values: Mapping[str, object]) -> bytes:
        """Discriminator and arguments (Borsh). TypeError for a missing or wrong one."""
        missing = {each.name for each in self.arguments} ^ set(values)
        if missing:
            raise TypeError(f"{self.name}: missing or unknown argument '{min(missing)}'")
        fields = (encode(each.kind, values[each.name]) for each in self.arguments)
        return self.discriminator + b"".join(fields)

    def decode_arguments(self, data: bytes) -> dict[str, object]:
        """The arguments. ValueError unless the data are used up exactly."""
        buffer, offset = bytearray(data), DISCRIMINATOR_SIZE
        values: dict[str, object] = {}
        for each in self.arguments:
            values[each.name], offset = take(each.kind, buffer, offset)
        if offset != len(data):
            raise ValueError(f"{len(data) - offset} bytes are left over")
        return values


@dataclass(frozen=True, slots=True)
class Program:
    """What a root module and the modules that it imports declare."""

    address: Pubkey
    entries: tuple[Entry, ...]
    errors: tuple[ErrorName, ...]

    @classmethod
    def of(cls, root: ModuleType) -> Self:
        """The program of the root module, the one that calls declare_id."""
        address = vars(root).get(ADDRESS_MARK)
        if not isinstance(address, Pubkey):
            raise TypeError(f"{root.__name__} does not call declare_id")
        found = list(_definitions(root, root.__name__.rpartition(".")[0], set()))
        entries = [_entry(each) for each in found if hasattr(each, INSTRUCTION_MARK)]
        classes = [each for each in found if inspect.isclass(each) and issubclass(each, Errors)]
        errors = [error for each in classes for error in members(each)]
        return cls(address, tuple(entries), tuple(errors))

    def entry(self, name: str) -> Entry:
        """The instruction of that name. KeyError where there is none."""
        return {each.name: each for each in self.entries}[name]

    def code_of(self, error: ErrorName) -> int:
        """The number that clients see."""
        names = [(each.owner, each.name) for each in self.errors]
        return FIRST_PROGRAM_ERROR + names.index((error.owner, error.name))


def _definitions(module: ModuleType, package: str, seen: set[str]) -> Iterator[object]:
    """Functions and classes of the module and of those it imports, imported ones first."""
    seen.add(module.__name__)
    for value in list(vars(module).values()):
        home = inspect.getmodule(value) if inspect.isclass(value) or callable(value) else None
        if home is module:
            yield value
        elif home is not None and home.__name__ not in seen and _is_inside(home, package):
            yield from _definitions(home, package, seen)


def _is_inside(module: ModuleType, package: str) -> bool:
    """Also of the libraries that are compiled into the program."""
    home = module.__name__.partition(".")[0].partition(LIBRARY)[0]
    return bool(package) and home == package


def _is_account(kind: object) -> bool:
    return inspect.isclass(kind) and issubclass(kind, AccountLike)


def _entry(function: object) -> Entry:
    function = cast("FunctionType", function)
    accounts: list[AccountParameter] = []
    arguments: list[ArgumentParameter] = []
    clock = None
    sysvars: list[tuple[str, type[Rent | SlotHashes]]] = []
    hints = get_type_hints(function)
    for name in inspect.signature(function).parameters:
        kind, optional = hints[name], False
        if isinstance(kind, OptionKind) and _is_account(kind.inner):
            kind, optional = kind.inner, True
        if kind is Clock:
            clock = name
        elif kind in {Rent, SlotHashes}:
            sysvars.append((name, cast("type[Rent | SlotHashes]", kind)))
        elif isinstance(kind, EmptyKind) or _is_account(kind):
            accounts.append(AccountParameter(name, kind, optional))
        else:
            arguments.append(ArgumentParameter(name, cast("Kind", kind)))
    name = function.__name__
    discriminator = sha256(f"global:{name}".encode()).digest()[:DISCRIMINATOR_SIZE]
    return Entry(
        name,
        discriminator,
        tuple(accounts),
        tuple(arguments),
        clock,
        function,
        tuple(sysvars),
        None if hints.get("return") in {None, NoneType} else cast("Kind", hints["return"]),
    )
