"""The manifest of an event from what is on chain, by RPC alone: gateway and organiser alike."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from solders.pubkey import Pubkey

from conting_client._rpc import Rpc
from conting_client.device_keys import DevicePublicKey
from conting_client.generated.family import Person
from conting_client.generated.ticket import PROGRAM_ID, Entry, Event, Ticket
from conting_client.manifest import EntryLine, Manifest, ManifestBuilder, TicketLine
from conting_client.persons import device_key_of, read_persons
from conting_client.tickets import Stored, Tickets

NOBODY: Final = Pubkey.default()
NONE_MORE: Final[Mapping[Pubkey, EntryLine]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class EventSnapshot:
    """Everything about an event that a manifest says, as it was at `slot` or later."""

    event: Stored[Event]
    sections: Mapping[Pubkey, int]
    tickets: list[Stored[Ticket]]
    entries: list[Stored[Entry]]
    persons: Mapping[Pubkey, Person]
    slot: int

    def device(self, person: Pubkey) -> DevicePublicKey | None:
        """The key of a person's phone."""
        found = self.persons.get(person)
        return None if found is None else device_key_of(found)


async def read_snapshot(rpc: Rpc, event: Pubkey, program_id: Pubkey = PROGRAM_ID) -> EventSnapshot:
    """Reads an event with all its tickets. Raises AccountMissing and what `Rpc` raises."""
    tickets = Tickets(rpc, program_id)
    slot = await rpc.slot()
    found = await tickets.event(event)
    sections, sold, entries = await asyncio.gather(
        tickets.sections(found), tickets.tickets_of_event(event), tickets.entries_of_event(event)
    )
    wanted = {each.data.person for each in sold} | {each.data.returned_by for each in sold}
    return EventSnapshot(
        found,
        {each.address: each.data.index for each in sections},
        sold,
        entries,
        await read_persons(rpc, sorted(wanted - {NOBODY}, key=bytes)),
        slot,
    )


def entries_of(snapshot: EventSnapshot, session: int) -> Iterator[tuple[Pubkey, EntryLine]]:
    """The entries of a session that are on chain, by ticket."""
    for each in snapshot.entries:
        entry = each.data
        if entry.session == session:
            line = EntryLine(entry.gate, bytes(entry.nonce), entry.entered_at, entry.undone)
            yield entry.ticket, line


def build_manifest(
    snapshot: EventSnapshot,
    session: int,
    admitted: Mapping[Pubkey, EntryLine] = NONE_MORE,
) -> Manifest:
    """The manifest of a session; `admitted`, who was let in and is not on chain yet."""
    builder = ManifestBuilder(snapshot.event.address, session, snapshot.slot)
    entries = _newest(dict(entries_of(snapshot, session)), admitted)
    for each in snapshot.tickets:
        ticket = each.data
        line = TicketLine(
            ticket.state,
            ticket.gate_group,
            snapshot.sections[ticket.section],
            ticket.seat,
            snapshot.device(ticket.person),
            ticket.person,
        )
        returned = snapshot.device(ticket.returned_by)
        builder.add(each.address, line, entries.get(each.address), returned)
    return builder.build()


def _newest(
    on_chain: Mapping[Pubkey, EntryLine], admitted: Mapping[Pubkey, EntryLine]
) -> dict[Pubkey, EntryLine]:
    """The chain's word stands, but for who was let in anew after an entry was taken back."""
    found = dict(admitted)
    for ticket, entry in on_chain.items():
        later = admitted.get(ticket)
        if not entry.undone or later is None or later.nonce == entry.nonce:
            found[ticket] = entry
    return found


async def read_manifest(
    rpc: Rpc, event: Pubkey, session: int, program_id: Pubkey = PROGRAM_ID
) -> Manifest:
    """The manifest of a session from RPC alone. Raises AccountMissing and what `Rpc` raises."""
    return build_manifest(await read_snapshot(rpc, event, program_id), session)
