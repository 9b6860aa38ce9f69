"""The chain, read through the client: the ticket program's accounts, the clock, the slots.

An account counts only if the ticket program owns it: whoever asks may name any address.
"""

import asyncio
from dataclasses import dataclass

from conting_client import (
    AccountMissing,
    EventSnapshot,
    Rpc,
    Stored,
    Tickets,
    read_person,
    read_persons,
    read_snapshot,
)
from conting_client.generated.family import Person
from conting_client.generated.ticket import (
    Entry,
    Event,
    Gate,
    Section,
    Ticket,
    TicketState,
    section_address,
    ticket_address,
)
from conting_client.money import SPL_TOKEN
from conting_client.tokens import nfts_of
from solders.pubkey import Pubkey
from solders.token.state import Mint


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket with its person and its entry into a session; None for what is not there."""

    ticket: Ticket | None
    person: Person | None
    entry: Entry | None
    former: Person | None = None
    """Who gave the ticket back last, if somebody else has it now."""


class ChainStore:
    """What one ticket program keeps on chain. Nothing is kept here."""

    def __init__(self, rpc: Rpc, program_id: Pubkey) -> None:
        self._rpc = rpc
        self._tickets = Tickets(rpc, program_id)
        self._program_id = program_id

    async def event(self, address: Pubkey) -> Stored[Event] | None:
        """The event at an address."""
        try:
            return await self._tickets.event(address)
        except AccountMissing:
            return None

    async def sections(self, event: Stored[Event]) -> list[Stored[Section]]:
        """The event's sections in order."""
        return await self._tickets.sections(event)

    async def ticket(self, address: Pubkey) -> Ticket | None:
        """The ticket at an address."""
        found = await self._tickets.ticket(address)
        return None if found is None else found.data

    async def seats_of_section(self, section: Pubkey) -> tuple[dict[int, TicketState], int]:
        """Of each seat that was ever sold in a section its ticket's state; and the slot."""
        return await self._tickets.seats_of_section(section)

    async def tickets_of(self, holder: Pubkey) -> list[Stored[Ticket]]:
        """The tickets that somebody holds, of all events."""
        return await self._tickets.tickets_of_holder(holder)

    async def gate(self, event: Pubkey, key: Pubkey) -> Gate | None:
        """The gate of a key."""
        found = await self._tickets.gate(event, key)
        return None if found is None else found.data

    async def person(self, address: Pubkey) -> Person | None:
        """The person at an address."""
        return await read_person(self._rpc, address)

    async def standing(self, ticket: Pubkey, session: int) -> Standing:
        """A ticket, its person, and its entry into a session."""
        found, entry = await asyncio.gather(
            self.ticket(ticket), self._tickets.entry(ticket, session)
        )
        if found is None:
            return Standing(None, None, None if entry is None else entry.data)
        wanted = sorted({found.person, found.returned_by} - {Pubkey.default()}, key=bytes)
        persons = await read_persons(self._rpc, wanted)
        return Standing(
            ticket=found,
            person=persons.get(found.person),
            entry=None if entry is None else entry.data,
            former=persons.get(found.returned_by),
        )

    async def snapshot(self, event: Pubkey) -> EventSnapshot:
        """An event with all its tickets, entries and their persons. Raises AccountMissing."""
        return await read_snapshot(self._rpc, event, self._program_id)

    async def gates(self, event: Pubkey) -> list[Gate]:
        """All gates of an event."""
        return [found.data for found in await self._tickets.gates(event)]

    async def nfts_of(self, wallet: Pubkey) -> dict[Pubkey, Pubkey]:
        """The mints of which a wallet has one, and the token accounts that these lie in."""
        return await nfts_of(self._rpc, wallet)

    async def decimals(self, mint: Pubkey) -> int | None:
        """How many a token of SPL Token has; None if there is no mint at the address."""
        found = await self._rpc.account(mint)
        if found is None or found.owner != SPL_TOKEN:
            return None
        try:
            return Mint.from_bytes(found.data).decimals
        except ValueError:
            return None  # somebody's token account

    async def time(self) -> int:
        """Unix seconds of the chain's clock."""
        return await self._rpc.chain_time()

    async def slot(self) -> int:
        """The newest confirmed slot."""
        return await self._rpc.slot()

    async def slot_hashes(self) -> list[tuple[int, bytes]]:
        """The hashes of up to 512 recent slots."""
        return [(slot, bytes(digest)) for slot, digest in (await self._rpc.slot_hashes()).items()]

    def section_address(self, event: Pubkey, index: int) -> Pubkey:
        """Where a section of this number is."""
        return section_address(event=event, index=index, program_id=self._program_id)

    def ticket_address(self, section: Pubkey, seat: int) -> Pubkey:
        """Where the ticket of a seat is, once it is sold."""
        return ticket_address(section=section, seat=seat, program_id=self._program_id)
