"""Account classes: annotations become fields of the account's bytes, in place.

Layout: 8 bytes of sha256("account:Name"), then the fields in order, packed (Borsh).
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final, SupportsInt, TypeVar, cast, get_type_hints

from seahorse.accounts import (
    AccountLike,
    Seeds,
    Signer,
    address_of,
    claim,
    find_address,
    frame_of,
)
from seahorse.containers import OptionKind, fields_of, is_plain
from seahorse.entry import other_program
from seahorse.errors import Fault, FaultError
from seahorse.ints import u8, u64
from seahorse.ledger import Frame, Tail
from seahorse.settling import settle
from seahorse.taking import take, zero
from seahorse.values import ArrayKind, Kind, Pubkey, encode, size_of, view

DISCRIMINATOR_SIZE: Final = 8
_BUMP: Final = "bump"
_SIZES: Final = ("space", "padding")
_LARGEST: Final = 10_240
"""Bytes by which an account can grow in one instruction."""


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

    @property
    def tail(self) -> tuple[FieldPlace, ...]:
        """The fields behind those that lie at a fixed place."""
        return tuple(p for p in self.fields if p.offset is None or size_of(p.kind) is None)

    def decode_tail(self, data: bytearray) -> dict[str, object]:
        """The fields of the tail. ValueError for too few bytes."""
        values: dict[str, object] = {}
        offset = self.fixed
        for place in self.tail:
            values[place.name], offset = take(place.kind, data, offset)
        return values

    def begin(self, given: dict[str, object]) -> dict[str, object]:
        """The tail of a new account: the very values that `init` was given, else zeros."""
        return {
            p.name: settle(p.kind, given[p.name]) if p.name in given else zero(p.kind)
            for p in self.tail
        }

    def encode_tail(self, values: dict[str, object]) -> bytes:
        """Their bytes."""
        return b"".join(encode(place.kind, values[place.name]) for place in self.tail)

    def space(self, given: dict[str, object]) -> int:
        """Bytes of a new account: what is not given now gets at least what upstream reserves."""
        later = [p for p in self.fields if p.name not in given and size_of(p.kind) is None]
        sizes = [len(_initial(p, given)) for p in self.fields if p not in later]
        total = DISCRIMINATOR_SIZE + sum(sizes) + sum(_allowance(p.kind) for p in later)
        return -(-total // _WORD) * _WORD if later else total


_ALLOWANCE: Final = 24
_WORD: Final = 8


def _allowance(kind: object) -> int:
    """Bytes of a field in memory, as upstream counts them."""
    if isinstance(kind, OptionKind):
        return 1 + _allowance(kind.inner)
    if isinstance(kind, ArrayKind) and size_of(kind) is None:
        return kind.length * _allowance(kind.element)
    if is_plain(kind):
        total = sum(_allowance(each) for each in fields_of(cast("type", kind)).values())
        return -(-total // _WORD) * _WORD
    size = size_of(cast("Kind", kind))
    return _ALLOWANCE if size is None else size


def _initial(place: FieldPlace, values: dict[str, object]) -> bytes:
    if place.name in values:
        return encode(place.kind, values[place.name])
    return encode(place.kind, zero(place.kind))


def _layout(account: "type[Account]") -> Layout:
    hints = cast("dict[str, Kind]", get_type_hints(account))
    offset: int | None = DISCRIMINATOR_SIZE
    fixed = DISCRIMINATOR_SIZE
    places = []
    for name in _field_names(account):
        places.append(FieldPlace(name, hints[name], offset))
        size = size_of(hints[name])
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
        return _tail(account).values[self._name]

    def __set__(self, account: "Account", value: object) -> None:
        place = next(p for p in layout_of(type(account)).fields if p.name == self._name)
        if place.offset is None or size_of(place.kind) is None:
            _tail(account).values[self._name] = settle(place.kind, value)
            frame_of(account).change(address_of(account))
            return
        raw = encode(place.kind, value)
        data = frame_of(account).change(address_of(account)).data
        data[place.offset : place.offset + len(raw)] = raw


def _tail(account: "Account") -> Tail:
    """What follows the fields of fixed size; the same values as long as the instruction runs."""
    frame, address = frame_of(account), address_of(account)
    if address not in frame.tails:
        layout = layout_of(type(account))
        record = frame.record(address)
        data = record.data if record.gone is None else bytearray(record.gone)
        try:
            values = layout.decode_tail(data)
        except ValueError as error:
            raise FaultError(Fault.ACCOUNT_TOO_SHORT, str(error)) from error
        frame.tails[address] = Tail(layout.fixed, values, layout.encode_tail)
    return frame.tails[address]


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

    def close(self, to: AccountLike) -> None:
        """Ends the account: all of its lamports go to `to`, nothing is left that could be used."""
        frame = frame_of(self)
        source = frame.change(address_of(self))
        frame.change(address_of(to), exclusive=False).lamports += source.lamports
        source.close()


A = TypeVar("A", bound=Account)


def open_account(kind: type[A], frame: Frame, address: Pubkey) -> A:
    """The account at the address, its owner, class and length checked, in that order."""
    record, layout = frame.record(address), layout_of(kind)
    if record.owner != (other_program(kind.__module__) or frame.program_id):
        raise FaultError(Fault.WRONG_OWNER, f"{address} belongs to {record.owner}")
    if bytes(record.data[:DISCRIMINATOR_SIZE]) != layout.discriminator:
        raise FaultError(Fault.WRONG_CLASS, f"{address} is no {layout.name}")
    if len(record.data) < layout.fixed:
        raise FaultError(Fault.ACCOUNT_TOO_SHORT, f"{len(record.data)} < {layout.fixed}")
    return kind(frame, address)


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
    kinds: dict[str, object] = {place.name: place.kind for place in layout.fields}
    asked: dict[str, object] = {n: values[n] for n in _SIZES if n in values and n not in kinds}
    values = {name: value for name, value in values.items() if name not in asked}
    data = layout.encode(values)
    where = _planned(empty, kind, data) if seeds is None and declares_seeds(kind) else seeds
    address, bump = claim(empty, where)
    if where is not None and kinds.get(_BUMP) is u8:
        values = {**values, _BUMP: u8(bump)}
        data = layout.encode(values)
    size = _size(asked, len(data), layout.space(values))
    made = frame.create(address, address_of(payer), size=size, owner=frame.program_id)
    made.data[: len(data)] = data
    if layout.tail:
        frame.tails[address] = Tail(layout.fixed, layout.begin(values), layout.encode_tail)
    return kind(frame, address)


def _size(asked: Mapping[str, object], needed: int, usual: int) -> int:
    """Bytes of the account: what `init` was asked for, at least what it needs."""
    space, padding = (cast("SupportsInt", asked.get(name, 0)) for name in _SIZES)
    if "space" in asked and int(space) < needed:
        raise FaultError(Fault.ACCOUNT_TOO_SHORT, f"{int(space)} < {needed}")
    if int(padding) > _LARGEST:
        raise FaultError(Fault.TOO_LONG, f"{int(padding)} > {_LARGEST}")
    return int(space) if "space" in asked else usual + int(padding)


def open_existing(
    empty: AccountLike, kind: type[Account], values: dict[str, object], seeds: Seeds | None
) -> Account:
    """`init_if_empty` of an account that exists: it must be the one that init would make."""
    frame, layout = frame_of(empty), layout_of(kind)
    found = open_account(kind, frame, address_of(empty))
    where = _planned(empty, kind, layout.encode(values)) if seeds is None else seeds
    if find_address(frame, where)[0] != address_of(empty):
        raise FaultError(Fault.WRONG_SEEDS, str(address_of(empty)))
    return found
