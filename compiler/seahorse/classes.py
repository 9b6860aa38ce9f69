"""Account classes: annotations become fields of the account's bytes, in place.

Layout: 8 bytes of sha256("account:Name"), then the fields in order, packed (Borsh).
"""

import inspect
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final, Self, cast, get_type_hints

from seahorse.accounts import (
    AccountLike,
    Seeds,
    Signer,
    address_of,
    claim,
    find_address,
    frame_of,
)
from seahorse.errors import Fault, FaultError
from seahorse.ints import u8, u64
from seahorse.ledger import Frame
from seahorse.values import Kind, Pubkey, encode, size_of, take, view

DISCRIMINATOR_SIZE: Final = 8
_BUMP: Final = "bump"


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where a field of fixed size begins; `offset` is None behind a field of varying size."""

    name: str
    kind: Kind
    offset: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """The bytes of one account class; `fixed` counts the discriminator and the fixed fields."""

    name: str
    discriminator: bytes
    fields: tuple[FieldPlace, ...]
    fixed: int

    def encode(self, values: dict[str, object]) -> bytes:
        """The whole account; a field without a value is zero. TypeError for a wrong value."""
        unknown = sorted(set(values) - {place.name for place in self.fields})
        if unknown:
            raise TypeError(f"{self.name} has no field '{unknown[0]}'")
        return self.discriminator + b"".join(_initial(place, values) for place in self.fields)

    def decode(self, data: bytes) -> dict[str, object]:
        """All fields. ValueError for another class's bytes or too few of them."""
        if data[:DISCRIMINATOR_SIZE] != self.discriminator:
            raise ValueError(f"the bytes are no {self.name}")
        buffer, offset = bytearray(data), DISCRIMINATOR_SIZE
        values: dict[str, object] = {}
        for place in self.fields:
            values[place.name], offset = take(place.kind, buffer, offset)
        return values


def _initial(place: FieldPlace, values: dict[str, object]) -> bytes:
    if place.name in values:
        return encode(place.kind, values[place.name])
    size = size_of(place.kind)
    return bytes(4 if size is None else size)


def _layout(account: "type[Account]") -> Layout:
    hints = cast("dict[str, Kind]", get_type_hints(account))
    offset: int | None = DISCRIMINATOR_SIZE
    fixed = DISCRIMINATOR_SIZE
    places = []
    for name in _field_names(account):
        places.append(FieldPlace(name, hints[name], offset))
        size = size_of(hints[name])
        if size is not None and offset is None:
            raise TypeError(f"{account.__name__}.{name}: str and bytes fields come last")
        offset = None if size is None or offset is None else offset + size
        fixed = fixed if offset is None else offset
    discriminator = sha256(f"account:{account.__name__}".encode()).digest()
    return Layout(account.__name__, discriminator[:DISCRIMINATOR_SIZE], tuple(places), fixed)


def _field_names(account: "type[Account]") -> list[str]:
    return list(inspect.get_annotations(account))


class _Field:
    """Reads and writes one field in the account's own bytes."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, account: "Account", _owner: object) -> object:
        layout = layout_of(type(account))
        data = frame_of(account).record(address_of(account)).data
        place = next(place for place in layout.fields if place.name == self._name)
        if place.offset is not None and size_of(place.kind) is not None:
            return view(place.kind, data, place.offset)
        return layout.decode(bytes(data))[self._name]

    def __set__(self, account: "Account", value: object) -> None:
        place = next(p for p in layout_of(type(account)).fields if p.name == self._name)
        if place.offset is None or size_of(place.kind) is None:
            raise TypeError(f"'{self._name}' varies in size: only init can set it")
        raw = encode(place.kind, value)
        data = frame_of(account).change(address_of(account)).data
        data[place.offset : place.offset + len(raw)] = raw


class Account(AccountLike):
    """Base of the accounts that a program keeps: `class Event(Account): organiser: Pubkey …`.

    A class may say where its accounts are: `def seeds(self) -> Seeds`; it then has a field
    `bump: u8`, which init fills in, and its accounts sign for themselves.
    """

    _layout: ClassVar[Layout]

    def __init_subclass__(cls) -> None:
        cls._layout = _layout(cls)
        for name in _field_names(cls):
            setattr(cls, name, _Field(name))

    def transfer_lamports(self, to: AccountLike, amount: u64) -> None:
        """Moves lamports out of this account; Fault.LAMPORTS where it holds fewer."""
        frame = frame_of(self)
        source = frame.change(address_of(self))
        if source.lamports < int(amount):
            raise FaultError(Fault.LAMPORTS, f"{source.lamports} < {int(amount)}")
        source.lamports -= int(amount)
        frame.change(address_of(to), exclusive=False).lamports += int(amount)

    @classmethod
    def open(cls, frame: Frame, address: Pubkey) -> Self:
        """The account at the address, its owner, class and length checked, in that order."""
        record, layout = frame.record(address), layout_of(cls)
        if record.owner != frame.program_id:
            raise FaultError(Fault.WRONG_OWNER, f"{address} belongs to {record.owner}")
        if len(record.data) < layout.fixed:
            raise FaultError(Fault.ACCOUNT_TOO_SHORT, f"{len(record.data)} < {layout.fixed}")
        if bytes(record.data[:DISCRIMINATOR_SIZE]) != layout.discriminator:
            raise FaultError(Fault.WRONG_CLASS, f"{address} is no {layout.name}")
        return cls(frame, address)


def layout_of(account: type[Account]) -> Layout:
    """The layout of the class."""
    return account._layout


def declares_seeds(account: type[Account]) -> bool:
    """Whether the class says where its accounts are."""
    return "seeds" in vars(account)


def _declared_seeds(account: Account) -> Seeds:
    return cast("Seeds", type(account).__dict__["seeds"](account))


def _planned(empty: AccountLike, kind: type[Account], data: bytes) -> Seeds:
    """The seeds that the account would have: its `seeds` run over a copy with the new bytes."""
    frame = frame_of(empty)
    address = address_of(empty)
    draft = Frame(frame.program_id, {}, frame.clock)
    draft.record(address).data = bytearray(data)
    return _declared_seeds(kind(draft, address))


def create(
    empty: AccountLike,
    kind: type[Account],
    payer: Signer,
    values: dict[str, object],
    seeds: Seeds | None,
) -> Account:
    """`init` of an account of a class; see `Empty.init`."""
    frame, layout = frame_of(empty), layout_of(kind)
    data = layout.encode(values)
    where = _planned(empty, kind, data) if seeds is None else seeds
    address, bump = claim(empty, where)
    if any(place.name == _BUMP for place in layout.fields):
        data = layout.encode({**values, _BUMP: u8(bump)})
    made = frame.create(address, address_of(payer), size=len(data), owner=frame.program_id)
    made.data[:] = data
    return kind(frame, address)


def open_existing(
    empty: AccountLike, kind: type[Account], values: dict[str, object], seeds: Seeds | None
) -> Account:
    """`init_if_empty` of an account that exists: it must be the one that init would make."""
    frame, layout = frame_of(empty), layout_of(kind)
    found = kind.open(frame, address_of(empty))
    where = _planned(empty, kind, layout.encode(values)) if seeds is None else seeds
    if find_address(frame, where)[0] != address_of(empty):
        raise FaultError(Fault.WRONG_SEEDS, str(address_of(empty)))
    return found
