"""What the ticket program keeps on chain, read and typed, each with the slot it was seen at."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from solders.pubkey import Pubkey

from conting_client._aside import aside
from conting_client._errors import AccountMissing
from conting_client._readings import AccountInfo, Match
from conting_client._rpc import Rpc
from conting_client.generated.ticket import (
    PROGRAM_ID,
    DecodeError,
    Entry,
    Event,
    Gate,
    Section,
    Ticket,
    TicketState,
    Vault,
    entry_address,
    gate_address,
    section_address,
    ticket_address,
    vault_address,
)

C = TypeVar("C", Entry, Event, Gate, Section, Ticket, Vault)

# Offsets in an account, after its discriminator; tests compare them with the IDL's layout.
EVENT_AT: Final = 8  # of Section, Ticket, Gate
SECTION_AT: Final = EVENT_AT + 32  # of Ticket
SEAT_AT: Final = SECTION_AT + 32  # of Ticket
STATE_AT: Final = SEAT_AT + 4 + 1  # of Ticket: after its bump
HOLDER_AT: Final = STATE_AT + 3 + 32  # of Ticket: after three u8, mint
PERSON_AT: Final = HOLDER_AT + 32  # of Ticket
PAID_BY_AT: Final = PERSON_AT + 32  # of Ticket
ENTRY_EVENT_AT: Final = 8 + 32 + 2 + 1  # of Entry: after ticket, session, bump


@dataclass(frozen=True, slots=True)
class Stored(Generic[C]):
    """An account of the program as it was at `slot`; `lamports` include its rent."""

    address: Pubkey
    data: C
    lamports: int
    slot: int


class Tickets:
    """Reads the accounts of the ticket program at `program_id`.

    Every method raises what `Rpc` raises for a node that does not answer.
    """

    def __init__(self, rpc: Rpc, program_id: Pubkey = PROGRAM_ID) -> None:
        self._rpc = rpc
        self.program_id = program_id

    async def event(self, address: Pubkey) -> Stored[Event]:
        """The event. Raises AccountMissing."""
        return self._expect(Event, address, await self._rpc.account(address))

    async def vault(self, event: Pubkey) -> Stored[Vault]:
        """The event's money. Raises AccountMissing."""
        address = vault_address(event=event, program_id=self.program_id)
        return self._expect(Vault, address, await self._rpc.account(address))

    async def sections(self, event: Stored[Event]) -> list[Stored[Section]]:
        """The event's sections in order. Raises AccountMissing if one is not there."""
        addresses = [
            section_address(event=event.address, index=index, program_id=self.program_id)
            for index in range(event.data.sections)
        ]
        found = await self._rpc.accounts(addresses)
        return [self._expect(Section, *pair) for pair in zip(addresses, found, strict=True)]

    async def ticket(self, address: Pubkey) -> Stored[Ticket] | None:
        """The ticket at this address, None if there is none."""
        return self._read(Ticket, await self._rpc.account(address))

    async def ticket_of_seat(self, section: Pubkey, seat: int) -> Stored[Ticket] | None:
        """The ticket of a seat, None if it was never sold."""
        address = ticket_address(section=section, seat=seat, program_id=self.program_id)
        return await self.ticket(address)

    async def tickets_of_holder(self, holder: Pubkey) -> list[Stored[Ticket]]:
        """All tickets in a wallet, over all events, in no order."""
        return await self._all(Ticket, Match(HOLDER_AT, bytes(holder)))

    async def tickets_of_person(self, person: Pubkey) -> list[Stored[Ticket]]:
        """All tickets of a person, whichever wallet they lie in, in no order."""
        return await self._all(Ticket, Match(PERSON_AT, bytes(person)))

    async def tickets_of_section(self, section: Pubkey) -> list[Stored[Ticket]]:
        """All tickets of a section, whatever their state, in no order."""
        return await self._all(Ticket, Match(SECTION_AT, bytes(section)))

    async def seats_of_section(self, section: Pubkey) -> tuple[dict[int, TicketState], int]:
        """Of each seat that was ever sold its ticket's state; and the slot, 0 without any.

        Of the tickets nothing else is read: to decode them all takes a second for each 40,000.
        """
        found = await self._rpc.program_accounts(
            self.program_id, Match(0, Ticket.DISCRIMINATOR), Match(SECTION_AT, bytes(section))
        )
        states = await aside(len(found), lambda: dict(map(_seat_and_state, found)))
        return states, max((each.slot for each in found), default=0)

    async def tickets_of_event(self, event: Pubkey) -> list[Stored[Ticket]]:
        """All tickets of an event, whatever their state, in no order."""
        return await self._all(Ticket, Match(EVENT_AT, bytes(event)))

    async def entries_of_event(self, event: Pubkey) -> list[Stored[Entry]]:
        """All entries into any session of an event, in no order."""
        return await self._all(Entry, Match(ENTRY_EVENT_AT, bytes(event)))

    async def gate(self, event: Pubkey, key: Pubkey) -> Stored[Gate] | None:
        """The gate that scans with this key, None if the organiser never registered it."""
        address = gate_address(event=event, key=key, program_id=self.program_id)
        return self._read(Gate, await self._rpc.account(address))

    async def gates(self, event: Pubkey) -> list[Stored[Gate]]:
        """All gates of an event, in no order."""
        return await self._all(Gate, Match(EVENT_AT, bytes(event)))

    async def entry(self, ticket: Pubkey, session: int) -> Stored[Entry] | None:
        """The ticket's entry into a session, None if it has not entered."""
        address = entry_address(ticket=ticket, session=session, program_id=self.program_id)
        return self._read(Entry, await self._rpc.account(address))

    async def entries(self, of: Sequence[tuple[Pubkey, int]]) -> list[Stored[Entry] | None]:
        """The entries of tickets into sessions, in that order; one call for each hundred."""
        addresses = [
            entry_address(ticket=ticket, session=session, program_id=self.program_id)
            for ticket, session in of
        ]
        return [self._read(Entry, info) for info in await self._rpc.accounts(addresses)]

    async def _all(self, kind: type[C], match: Match) -> list[Stored[C]]:
        """Every account of the class that matches; the node has no index, so this may be slow."""
        discriminator = Match(0, kind.DISCRIMINATOR)
        found = await self._rpc.program_accounts(self.program_id, discriminator, match)
        return await aside(len(found), lambda: list(self._every(kind, found)))

    def _every(self, kind: type[C], found: Iterable[AccountInfo]) -> Iterable[Stored[C]]:
        for info in found:
            stored = self._read(kind, info)
            if stored is not None:
                yield stored

    def _expect(self, kind: type[C], address: Pubkey, info: AccountInfo | None) -> Stored[C]:
        stored = self._read(kind, info)
        if stored is None:
            raise AccountMissing(
                f"there is no {kind.__name__} at {address}, by program {self.program_id}"
            )
        return stored

    def _read(self, kind: type[C], info: AccountInfo | None) -> Stored[C] | None:
        """None also for an account of another class or program: it is not what was asked for."""
        if info is None or info.owner != self.program_id:
            return None
        try:
            return Stored(info.address, kind.decode(info.data), info.lamports, info.slot)
        except DecodeError:
            return None


def _seat_and_state(info: AccountInfo) -> tuple[int, TicketState]:
    seat = int.from_bytes(info.data[SEAT_AT : SEAT_AT + 4], "little")
    return seat, TicketState(info.data[STATE_AT])
