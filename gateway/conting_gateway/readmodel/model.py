"""The accounts of the three programs as this process knows them; no RPC and no Redis in here.

Only the generated clients decode. An account is kept as its bytes, beside the keys by which it is
looked up: a hundred thousand tickets fit into a process.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Protocol, Self, TypeVar

from conting_client import AccountInfo
from conting_client.generated import family, raffle, ticket
from solders.pubkey import Pubkey

NOBODY: Final = Pubkey.default()
MARK: Final = 8  # bytes of an account that name its class


class Account(Protocol):
    """A class of accounts, as the generated clients have them."""

    DISCRIMINATOR: ClassVar[bytes]

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """The account of these bytes."""


A = TypeVar("A", bound=Account)

FAMILY: Final = (family.Issuer, family.Person, family.Family)
RAFFLE: Final = (
    raffle.Series,
    raffle.EntryToken,
    raffle.Raffle,
    raffle.RaffleEntry,
    raffle.Listing,
)
TICKET: Final = (
    ticket.Event,
    ticket.Section,
    ticket.Ticket,
    ticket.Grant,
    ticket.Entry,
    ticket.Case,
    ticket.Place,
    ticket.Redraw,
    ticket.Draw,
    ticket.Group,
    ticket.Bid,
)
KEYS: Final[Mapping[type[Account], tuple[str, ...]]] = {
    family.Issuer: (),
    family.Person: ("wallet", "next_wallet"),
    family.Family: (),
    raffle.Series: ("event",),
    raffle.EntryToken: ("series", "mint"),
    raffle.Raffle: ("series",),
    raffle.RaffleEntry: ("raffle", "entrant"),
    raffle.Listing: ("series", "seller", "wanted"),
    ticket.Event: ("organiser",),
    ticket.Section: ("event",),
    ticket.Ticket: ("section", "holder", "person", "paid_by", "offered_to"),
    ticket.Grant: ("owner", "helper"),
    ticket.Entry: ("person", "ticket"),
    ticket.Case: ("event", "ticket", "person"),
    ticket.Place: ("person",),
    ticket.Redraw: ("ticket",),
    ticket.Draw: ("event",),
    ticket.Group: (),
    ticket.Bid: ("person",),
}
"""By which of its fields an account is looked up."""


@dataclass(frozen=True, slots=True)
class Row(Generic[A]):
    """An account as it was at `slot`."""

    address: Pubkey
    slot: int
    data: A


@dataclass(frozen=True, slots=True)
class _Kept:
    kind: type[Account]
    slot: int
    data: bytes
    keys: tuple[tuple[type[Account], str, Pubkey], ...]


class Model:
    """All accounts. What is older than what is known changes nothing."""

    def __init__(self, ticket_program: Pubkey) -> None:
        self.programs: Final = (ticket_program, family.PROGRAM_ID, raffle.PROGRAM_ID)
        self._kinds = {
            (program, kind.DISCRIMINATOR): kind
            for program, kinds in zip(self.programs, (TICKET, FAMILY, RAFFLE), strict=True)
            for kind in kinds
        }
        self._rows: dict[Pubkey, _Kept] = {}
        self._ended: dict[Pubkey, int] = {}
        self.doubted: dict[Pubkey, int] = {}
        """What was closed in the slot in which it was last seen, and so, perhaps, before that."""
        self._index: dict[tuple[type[Account], str, Pubkey], set[Pubkey]] = {}
        self._all: dict[type[Account], set[Pubkey]] = {}
        self.odd = 0
        """Accounts of our programs that the clients could not read: another version of them?"""

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, found: AccountInfo) -> None:
        """Takes in an account."""
        known = self._rows.get(found.address)
        newest = known.slot if known else self._ended.get(found.address, -1)
        if found.slot < newest:
            return
        if found.owner not in self.programs or not found.lamports:
            self.end(found.address, found.slot)
            return
        kind = self._kinds.get((found.owner, found.data[:MARK]))
        if kind is None:
            return  # of a class that nobody asks for
        if known and known.kind is kind and known.data == found.data:
            self._rows[found.address] = _Kept(kind, found.slot, known.data, known.keys)
            return
        try:
            account: Any = kind.decode(found.data)
        except ValueError:
            self.odd += 1
            return
        keys = tuple((kind, name, getattr(account, name)) for name in KEYS[kind])
        self._forget(found.address)
        self._ended.pop(found.address, None)
        self._rows[found.address] = _Kept(kind, found.slot, found.data, keys)
        self._all.setdefault(kind, set()).add(found.address)
        for key in keys:
            self._index.setdefault(key, set()).add(found.address)

    def end(self, address: Pubkey, slot: int) -> None:
        """Takes in that an account was closed in this slot."""
        known = self._rows.get(address)
        if known is None or known.slot <= slot:
            if known and known.slot == slot:
                self.doubted[address] = slot
            self._forget(address)
            self._ended[address] = max(slot, self._ended.get(address, 0))

    def settle(self, doubted: Mapping[Pubkey, int], found: Iterable[AccountInfo | None]) -> None:
        """Takes in what there is, after that slot, of what was doubted."""
        for account in found:
            if account is not None:
                self.put(account)
        rest = self.doubted.items()
        self.doubted = {key: slot for key, slot in rest if doubted.get(key) != slot}

    def replace(self, found: Iterable[AccountInfo], slot: int) -> None:
        """Takes in all accounts that there were at `slot`: the others are no more."""
        present = set()
        for account in found:
            present.add(account.address)
            self.put(account)
        gone = [key for key, row in self._rows.items() if key not in present and row.slot <= slot]
        for address in gone:
            self._forget(address)
        self._ended = {key: at for key, at in self._ended.items() if at > slot}
        self.doubted = {key: at for key, at in self.doubted.items() if at > slot}

    def clear(self) -> None:
        """Forgets everything: it was of another chain."""
        for kept in (self._rows, self._ended, self.doubted, self._index, self._all):
            kept.clear()

    def get(self, kind: type[A], address: Pubkey) -> Row[A] | None:
        """The account of this class at an address."""
        row = self._rows.get(address)
        if row is None or row.kind is not kind:
            return None
        return Row(address, row.slot, kind.decode(row.data))

    def by(self, kind: type[A], field: str, key: Pubkey) -> list[Row[A]]:
        """The accounts of a class that have `key` in `field` (one of KEYS), by address."""
        return list(self.each(kind, field, key, None))

    def all(self, kind: type[A]) -> list[Row[A]]:
        """The accounts of a class, by address."""
        return list(self._read(kind, self._all.get(kind, ())))

    def each(
        self, kind: type[A], field: str, key: Pubkey, after: Pubkey | None
    ) -> Iterator[Row[A]]:
        """As `by`, what comes after an address; each is read when it is asked for."""
        assert field in KEYS[kind], field
        found = self._index.get((kind, field, key), ())
        rest = found if after is None else (each for each in found if bytes(each) > bytes(after))
        return self._read(kind, rest)

    def _read(self, kind: type[A], addresses: Iterable[Pubkey]) -> Iterator[Row[A]]:
        for address in sorted(addresses, key=bytes):
            row = self._rows[address]
            yield Row(address, row.slot, kind.decode(row.data))

    def _forget(self, address: Pubkey) -> None:
        row = self._rows.pop(address, None)
        if row is None:
            return
        self._all[row.kind].discard(address)
        for key in row.keys:
            holders = self._index[key]
            holders.discard(address)
            if not holders:
                del self._index[key]
