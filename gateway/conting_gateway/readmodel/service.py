"""Answers of the read model: lists of what is on chain, from memory, with their age."""

from collections.abc import Iterable, Iterator
from typing import Final, Literal, TypeVar

from conting_client.generated import family, raffle, ticket
from solders.pubkey import Pubkey

from conting_gateway.errors import UnknownEventError
from conting_gateway.readmodel import market_schemas, schemas
from conting_gateway.readmodel.errors import (
    NotFreshError,
    ReadModelLoadingError,
    UnknownRaffleError,
)
from conting_gateway.readmodel.follower import Follower
from conting_gateway.readmodel.model import Account, Row
from conting_gateway.readmodel.results import bid_result, raffle_result
from conting_gateway.readmodel.schemas import shown

A = TypeVar("A", bound=Account)
STALE_SECONDS: Final = 10.0
PATIENCE: Final = 2.0  # seconds that a question waits for the slot that it names
SETTLED: Final = 15 * 60  # seconds from an entry to its NFT, as the raffle program has them


class ReadModel:
    """What people ask for. Everything here is public: the chain is."""

    def __init__(self, follower: Follower) -> None:
        self._model = follower.model
        self._follower = follower

    async def as_of(self, min_slot: int | None) -> schemas.AsOf:
        """How new answers are. Raises ReadModelLoadingError, NotFreshError."""
        if min_slot is not None and not await self._follower.reach(min_slot, PATIENCE):
            raise NotFreshError
        fresh = self._follower.freshness()
        if fresh.source == "none":
            raise ReadModelLoadingError
        return schemas.AsOf(
            slot=fresh.slot,
            age_ms=round(fresh.age * 1000),
            source=fresh.source,
            stale=fresh.age > STALE_SECONDS,
        )

    def vouched(self, issuer: Pubkey, wallet: Pubkey) -> list[Pubkey]:
        """The persons of a wallet whom an issuer vouches for, or has vouched for until a date.

        Raises ReadModelLoadingError.
        """
        if self._follower.freshness().source == "none":
            raise ReadModelLoadingError
        return [
            row.address
            for row in self._model.by(family.Person, "wallet", wallet)
            if row.data.issuer == issuer and not row.data.revoked
        ]

    def persons_of(self, wallet: Pubkey) -> list[Pubkey]:
        """The person accounts of a wallet: that of its own, and those that issuers attest."""
        return [row.address for row in self._model.by(family.Person, "wallet", wallet)]

    def events(self, organiser: Pubkey | None) -> list[Row[ticket.Event]]:
        """All events, or those of one organiser."""
        if organiser is None:
            return self._model.all(ticket.Event)
        return self._model.by(ticket.Event, "organiser", organiser)

    def is_on_sale(self, row: Row[ticket.Event], now: int) -> bool:
        """Whether a seat of an event can be had at a moment of the chain's clock."""
        return _is_open(row.data, now) and any(
            _has_seats(each.data, now)
            for each in self._model.by(ticket.Section, "event", row.address)
        )

    def show_event(self, row: Row[ticket.Event], now: int) -> schemas.ListedEvent:
        """An event with its sections, at a moment of the chain's clock; without decimals."""
        sections = sorted(
            self._model.by(ticket.Section, "event", row.address), key=lambda each: each.data.index
        )
        draws = {
            each.data.section: each for each in self._model.by(ticket.Draw, "event", row.address)
        }
        is_open = _is_open(row.data, now)
        listed = [
            shown(
                schemas.ListedSection,
                each,
                section=each.address,
                on_sale=is_open and _has_seats(each.data, now),
                draw=self._draw_of(draws.get(each.address)),
            )
            for each in sections
        ]
        return shown(
            schemas.ListedEvent,
            row,
            event=row.address,
            sections=listed,
            decimals=None,
            on_sale=any(each.on_sale for each in listed),
        )

    def event(self, address: Pubkey) -> Row[ticket.Event]:
        """An event. Raises UnknownEventError."""
        found = self._model.get(ticket.Event, address)
        if found is None:
            raise UnknownEventError
        return found

    def tickets(self, wallet: Pubkey) -> list[Row[ticket.Ticket]]:
        """What a wallet holds, its persons have, or it has paid for."""
        found = {
            row.address: row
            for field in ("holder", "paid_by")
            for row in self._model.by(ticket.Ticket, field, wallet)
        }
        for person in self.persons_of(wallet):
            found |= {row.address: row for row in self._model.by(ticket.Ticket, "person", person)}
        return sorted(found.values(), key=lambda row: bytes(row.address))

    def show_ticket(self, row: Row[ticket.Ticket]) -> schemas.MyTicket:
        """A ticket, with the number of its section."""
        is_offered = row.data.state == ticket.TicketState.OFFERED
        return shown(
            schemas.MyTicket,
            row,
            ticket=row.address,
            section_index=self._index_of(row.data.section),
            offer_until=row.data.offer_until if is_offered else None,
        )

    def cases(self, event: Pubkey | None, about: Pubkey | None) -> list[Row[ticket.Case]]:
        """Cases about tickets: of an event, about one ticket, or all."""
        if about is not None:
            found = self._model.by(ticket.Case, "ticket", about)
        elif event is not None:
            found = self._model.by(ticket.Case, "event", event)
        else:
            found = self._model.all(ticket.Case)
        return [row for row in found if event in (None, row.data.event)]

    def cases_of(self, wallet: Pubkey) -> list[Row[ticket.Case]]:
        """Cases about what a wallet's persons hold or held."""
        return self._of_persons(ticket.Case, "person", wallet)

    def series(self, event: Pubkey | None) -> list[Row[raffle.Series]]:
        """By which rules entries are traded: those of one event, or of all."""
        if event is None:
            return self._model.all(raffle.Series)
        return self._model.by(raffle.Series, "event", event)

    def grants(self, wallet: Pubkey) -> list[tuple[Literal["owner", "helper"], Row[ticket.Grant]]]:
        """Grants that a wallet's persons gave or got."""
        roles: tuple[Literal["owner", "helper"], ...] = ("owner", "helper")
        found = [
            (role, row)
            for person in self.persons_of(wallet)
            for role in roles
            for row in self._model.by(ticket.Grant, role, person)
        ]
        return sorted(found, key=lambda each: bytes(each[1].address))

    def places(self, wallet: Pubkey) -> list[schemas.MyPlace]:
        """Places of waiting lists."""
        rows = self._of_persons(ticket.Place, "person", wallet)
        return [self._show_place(row) for row in rows]

    def _show_place(self, row: Row[ticket.Place]) -> schemas.MyPlace:
        section = self._model.get(ticket.Section, row.data.section)
        return shown(
            schemas.MyPlace,
            row,
            place=row.address,
            event=None if section is None else section.data.event,
            section_index=None if section is None else section.data.index,
        )

    def offers(self, wallet: Pubkey, now: int) -> list[schemas.MyOffer]:
        """Seats that are offered to a wallet's persons at a moment of the chain's clock."""
        return [
            shown(
                schemas.MyOffer,
                row,
                ticket=row.address,
                section_index=self._index_of(row.data.section),
            )
            for row in self._of_persons(ticket.Ticket, "offered_to", wallet)
            if row.data.state == ticket.TicketState.OFFERED and now < row.data.offer_until
        ]

    def draws(self, wallet: Pubkey) -> list[Row[ticket.Bid]]:
        """What a wallet's persons have bid in draws."""
        return self._of_persons(ticket.Bid, "person", wallet)

    def show_bid(self, row: Row[ticket.Bid]) -> schemas.MyDraw | None:
        """A bid with its draw and result; None where the draw is no more."""
        draw = self._model.get(ticket.Draw, row.data.draw)
        group = self._model.get(ticket.Group, row.data.group)
        if draw is None or group is None:
            return None
        result, first_seat = bid_result(draw.data, group.data)
        return shown(
            schemas.MyDraw,
            row,
            bid=row.address,
            event=draw.data.event,
            section=draw.data.section,
            section_index=self._index_of(draw.data.section),
            complete=group.data.complete,
            target_slot=draw.data.target_slot,
            claim_until=draw.data.claim_until,
            result=result,
            first_seat=first_seat,
        )

    def entries(self, wallet: Pubkey) -> list[Row[ticket.Entry]]:
        """When a wallet's persons were let in."""
        return self._of_persons(ticket.Entry, "person", wallet)

    def show_entry(self, row: Row[ticket.Entry]) -> schemas.MyEntry:
        """An entry, and the NFT that was made of it."""
        made = raffle.entry_token_address(entry=row.address)
        nft = self._model.get(raffle.EntryToken, made)
        mint = None if nft is None or nft.data.burned else nft.data.mint
        return shown(
            schemas.MyEntry,
            row,
            entry=row.address,
            nft=mint,
            nft_from=row.data.entered_at + SETTLED,
            entry_token=made,
        )

    def entry_nfts(self, mints: Iterable[Pubkey]) -> list[Row[raffle.EntryToken]]:
        """The entries' NFTs among these mints."""
        found = (row for mint in mints for row in self._model.by(raffle.EntryToken, "mint", mint))
        return sorted(found, key=lambda row: bytes(row.address))

    def show_entry_nft(self, row: Row[raffle.EntryToken], token: Pubkey) -> schemas.MyEntryNft:
        """An entry's NFT, in a token account."""
        series = self._model.get(raffle.Series, row.data.series)
        return shown(
            schemas.MyEntryNft,
            row,
            entry_token=row.address,
            token=token,
            event=None if series is None else series.data.event,
            closes=None if series is None else series.data.closes,
        )

    def raffles(self, event: Pubkey | None) -> list[Row[raffle.Raffle]]:
        """All raffles, or those of one event."""
        if event is None:
            return self._model.all(raffle.Raffle)
        return [
            row
            for series in self._model.by(raffle.Series, "event", event)
            for row in self._model.by(raffle.Raffle, "series", series.address)
        ]

    def show_raffle(self, row: Row[raffle.Raffle]) -> market_schemas.ListedRaffle:
        """A raffle."""
        series = self._model.get(raffle.Series, row.data.series)
        event = None if series is None else series.data.event
        return shown(market_schemas.ListedRaffle, row, raffle=row.address, event=event)

    def raffle_entries(
        self, address: Pubkey, after: Pubkey | None
    ) -> Iterator[Row[raffle.RaffleEntry]]:
        """Who takes part in a raffle, after an address: a whole hall. Raises UnknownRaffleError."""
        if self._model.get(raffle.Raffle, address) is None:
            raise UnknownRaffleError
        return self._model.each(raffle.RaffleEntry, "raffle", address, after)

    def raffle_entries_of(self, wallet: Pubkey) -> list[Row[raffle.RaffleEntry]]:
        """What a wallet has entered raffles with."""
        return self._model.by(raffle.RaffleEntry, "entrant", wallet)

    def show_raffle_entry(self, row: Row[raffle.RaffleEntry]) -> market_schemas.ListedRaffleEntry:
        """A place in a raffle with its result."""
        drawn = self._model.get(raffle.Raffle, row.data.raffle)
        result, prize = ("open", None) if drawn is None else raffle_result(drawn.data, row.data)
        return shown(
            market_schemas.ListedRaffleEntry,
            row,
            raffle_entry=row.address,
            result=result,
            prize=prize,
        )

    def listings(
        self, *, swaps: bool, series: Pubkey | None = None, seller: Pubkey | None = None
    ) -> list[Row[raffle.Listing]]:
        """Entries that are for sale, or wanted for others; of one series or seller or of all."""
        if seller is not None:
            found = self._model.by(raffle.Listing, "seller", seller)
        elif series is not None:
            found = self._model.by(raffle.Listing, "series", series)
        else:
            found = self._model.all(raffle.Listing)
        return [
            row
            for row in found
            if (row.data.price == 0) == swaps and series in (None, row.data.series)
        ]

    def show_listing(self, row: Row[raffle.Listing]) -> market_schemas.ListedEntryNft:
        """A listing, and how often its entry has changed hands."""
        nfts = self._model.by(raffle.EntryToken, "mint", row.data.mint)
        hops = nfts[0].data.hops if nfts else None
        token = nfts[0].address if nfts else None
        return shown(
            market_schemas.ListedEntryNft, row, listing=row.address, hops=hops, entry_token=token
        )

    def _draw_of(self, row: Row[ticket.Draw] | None) -> schemas.ListedDraw | None:
        return None if row is None else shown(schemas.ListedDraw, row, draw=row.address)

    def _index_of(self, section: Pubkey) -> int | None:
        found = self._model.get(ticket.Section, section)
        return None if found is None else found.data.index

    def _of_persons(self, kind: type[A], field: str, wallet: Pubkey) -> list[Row[A]]:
        rows = list(self._every(kind, field, wallet))
        return sorted(rows, key=lambda row: bytes(row.address))

    def _every(self, kind: type[A], field: str, wallet: Pubkey) -> Iterator[Row[A]]:
        for person in self.persons_of(wallet):
            yield from self._model.by(kind, field, person)


def _is_open(event: ticket.Event, now: int) -> bool:
    return not event.cancelled and event.sale_opens <= now < event.sale_closes


def _has_seats(section: ticket.Section, now: int) -> bool:
    return section.open_from <= now and section.sold < section.seats
