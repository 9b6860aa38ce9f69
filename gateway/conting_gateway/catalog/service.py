"""What the chain says, kept for a moment where a moment does no harm.

`fresh_…` asks the chain each time: money and entry depend on it.
"""

from dataclasses import dataclass

from conting_client import EventSnapshot, Stored
from conting_client.generated.family import Person
from conting_client.generated.ticket import Event, Gate, Section, Ticket, TicketState
from conting_client.money import SOL, SOL_DECIMALS
from solders.pubkey import Pubkey

from conting_gateway.catalog.cache import MOST, Cache
from conting_gateway.catalog.store import ChainStore, Standing
from conting_gateway.clock import Clock
from conting_gateway.errors import (
    NoSuchSeatError,
    UnknownEventError,
    UnknownSectionError,
    UnknownTicketError,
)

RULES_SECONDS = 5  # an event is cancelled, or its sale given to another key, once if ever
SEATS_SECONDS = 1
SOLD_OUT_SECONDS = 5
GATE_SECONDS = 1
CLOCK_SECONDS = 0.4  # one slot


@dataclass(frozen=True, slots=True)
class SeatsOfSection:
    """A section, and the states of its tickets by seat, as they were at `slot`."""

    section: Section
    tickets: dict[int, TicketState]
    slot: int


class Catalog:
    """Events, sections, tickets and the chain's clock."""

    def __init__(self, store: ChainStore, *, clock: Clock) -> None:
        self._store = store
        self._events = Cache(self._load_event, clock=clock, seconds=RULES_SECONDS)
        self._sections = Cache(self._load_sections, clock=clock, seconds=SEATS_SECONDS)
        self._seats = Cache(self._load_seats, clock=clock, seconds=SEATS_SECONDS, is_long=True)
        self._sold_out = Cache(self._load_sold_out, clock=clock, seconds=SOLD_OUT_SECONDS)
        self._gates = Cache(self._load_gate, clock=clock, seconds=GATE_SECONDS)
        self._decimals = Cache(self._load_decimals, clock=clock, seconds=RULES_SECONDS)
        self._mints = {SOL: SOL_DECIMALS}
        self._time = Cache(self._load_time, clock=clock, seconds=CLOCK_SECONDS)

    async def event(self, address: Pubkey) -> Event:
        """The event. Raises UnknownEventError."""
        return (await self._events.get(address)).data

    async def fresh_event(self, address: Pubkey) -> Event:
        """The event, now. Raises UnknownEventError."""
        self._events.forget(address)
        return await self.event(address)

    async def sections(self, event: Pubkey) -> list[Stored[Section]]:
        """The event's sections in order. Raises UnknownEventError."""
        return await self._sections.get(event)

    async def section(self, event: Pubkey, index: int) -> Section:
        """One section. Raises UnknownEventError, UnknownSectionError."""
        sections = await self.sections(event)
        if not 0 <= index < len(sections):
            raise UnknownSectionError
        return sections[index].data

    async def seats(self, event: Pubkey, index: int) -> SeatsOfSection:
        """A section and its tickets. Raises UnknownEventError, UnknownSectionError."""
        return await self._seats.get((event, index))

    def forget_seats(self, event: Pubkey, index: int) -> None:
        """To be called by who knows that a seat of this section has just changed."""
        self._seats.forget((event, index))

    async def is_sold_out(self, event: Pubkey) -> bool:
        """Whether no seat is left that can be sold. Raises UnknownEventError."""
        return await self._sold_out.get(event)

    async def decimals(self, payment: Pubkey) -> int | None:
        """How many what an event is paid in has; None while there is no such mint."""
        known = self._mints.get(payment)
        return await self._decimals.get(payment) if known is None else known

    async def now(self) -> int:
        """Unix seconds of the chain's clock: events go by it."""
        return await self._time.get(None)

    async def slot(self) -> int:
        """The newest confirmed slot."""
        return await self._store.slot()

    async def slot_hashes(self) -> list[tuple[int, bytes]]:
        """The hashes of up to 512 recent slots."""
        return await self._store.slot_hashes()

    async def fresh_seat(self, event: Pubkey, index: int, seat: int) -> Ticket | None:
        """The ticket of a seat, None while it is not sold. Raises UnknownSectionError and the like.

        Raises NoSuchSeatError.
        """
        section = await self.section(event, index)
        if not 0 <= seat < section.seats:
            raise NoSuchSeatError
        return await self._store.ticket(self.ticket_address(event, index, seat))

    async def fresh_ticket(self, address: Pubkey) -> Ticket:
        """A ticket. Raises UnknownTicketError."""
        ticket = await self._store.ticket(address)
        if ticket is None:
            raise UnknownTicketError
        return ticket

    async def section_of(self, ticket: Ticket) -> Section:
        """The section of a ticket. Raises UnknownSectionError."""
        for found in await self.sections(ticket.event):
            if found.address == ticket.section:
                return found.data
        raise UnknownSectionError

    async def find_ticket(self, address: Pubkey) -> Ticket | None:
        """A ticket, None while there is none at the address."""
        return await self._store.ticket(address)

    async def gate(self, event: Pubkey, key: Pubkey) -> Gate | None:
        """The gate of a key, as it was at most a second ago. Raises UnknownEventError."""
        await self.event(event)
        return await self._gates.get((event, key))

    async def fresh_standing(self, ticket: Pubkey, session: int) -> Standing:
        """A ticket, its person, and its entry into a session."""
        return await self._store.standing(ticket, session)

    async def snapshot(self, event: Pubkey) -> EventSnapshot:
        """An event with all its tickets and entries, now. Raises UnknownEventError."""
        await self.event(event)
        return await self._store.snapshot(event)

    async def gates(self, event: Pubkey) -> list[Gate]:
        """All gates of an event, now."""
        return await self._store.gates(event)

    async def fresh_person(self, address: Pubkey) -> Person | None:
        """A person, None while nobody has registered at the address."""
        return await self._store.person(address)

    async def tickets_of(self, holder: Pubkey) -> list[Stored[Ticket]]:
        """What somebody holds."""
        return await self._store.tickets_of(holder)

    async def nfts_of(self, wallet: Pubkey) -> dict[Pubkey, Pubkey]:
        """The mints of which a wallet has one, and the token accounts that these lie in, now."""
        return await self._store.nfts_of(wallet)

    def section_address(self, event: Pubkey, index: int) -> Pubkey:
        """Where a section of this number is."""
        return self._store.section_address(event, index)

    def ticket_address(self, event: Pubkey, index: int, seat: int) -> Pubkey:
        """Where the ticket of a seat is, once it is sold."""
        return self._store.ticket_address(self.section_address(event, index), seat)

    async def _load_event(self, address: Pubkey) -> Stored[Event]:
        event = await self._store.event(address)
        if event is None:
            raise UnknownEventError
        return event

    async def _load_sections(self, event: Pubkey) -> list[Stored[Section]]:
        return await self._store.sections(await self._events.get(event))

    async def _load_seats(self, key: tuple[Pubkey, int]) -> SeatsOfSection:
        event, index = key
        section = await self.section(event, index)
        found = await self._store.seats_of_section(self.section_address(event, index))
        return SeatsOfSection(section, *found)

    async def _load_sold_out(self, event: Pubkey) -> bool:
        sections = [found.data for found in await self.sections(event)]
        if any(each.kept < each.seats for each in sections):  # fewer accounts than seats
            return False
        for index in range(len(sections)):
            seats = await self.seats(event, index)
            if len(seats.tickets) < seats.section.seats:
                return False
        return bool(sections)

    async def _load_gate(self, key: tuple[Pubkey, Pubkey]) -> Gate | None:
        return await self._store.gate(*key)

    async def _load_decimals(self, mint: Pubkey) -> int | None:
        found = await self._store.decimals(mint)
        if found is not None and len(self._mints) < MOST:
            self._mints[mint] = found  # mints of SPL Token neither change nor end
        return found

    async def _load_time(self, _: None) -> int:
        return await self._store.time()
