"""Seat maps: one document per section with a version, and what changed since an earlier one.

A document is the same at every gateway: its version and the last changes are kept in Redis, where
of several that look at once one writes. A gateway that sees an older slot writes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conting_client.generated.ticket import TicketState
from solders.pubkey import Pubkey

from conting_gateway.catalog.cache import Cache
from conting_gateway.catalog.service import Catalog, SeatsOfSection
from conting_gateway.clock import Clock, Entropy
from conting_gateway.orders.errors import VersionGoneError
from conting_gateway.orders.hold_store import HoldStore
from conting_gateway.orders.map_store import KeptMap, MapStore

MAP_SECONDS = 0.5
VERSION_BYTES = 8  # a number would be given twice by a Redis that has lost its last moment
FREE, HELD, SOLD, COOLING, OFFERED, USED, CLOSED = "fhscouv"
NAMES: Final = {
    FREE: "free",
    HELD: "held",
    SOLD: "sold",
    COOLING: "cooling",
    OFFERED: "offered",
    USED: "used",
    CLOSED: "void",
}
STATES: Final = {
    TicketState.ISSUED: SOLD,
    TicketState.VOIDING: SOLD,
    TicketState.COOLING: COOLING,
    TicketState.OFFERED: OFFERED,
    TicketState.USED: USED,
    TicketState.VOID: CLOSED,
}


@dataclass(frozen=True, slots=True)
class SeatMap:
    """A section's seats at one version: a letter for each that is not free.

    A section may have four thousand million seats; only those that are taken cost anything.
    """

    section: int
    seats: int
    price: int
    version: str
    states: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class SeatChanges:
    """The seats whose state is another than at version `since`, with the state that they have."""

    section: int
    since: str
    version: str
    states: dict[int, str]


class SeatMaps:
    """Maps of all sections, each looked at twice a second at most."""

    def __init__(
        self, store: MapStore, holds: HoldStore, catalog: Catalog, clock: Clock, entropy: Entropy
    ) -> None:
        self._store = store
        self._holds = holds
        self._catalog = catalog
        self._entropy = entropy
        self._maps = Cache(self._look, clock=clock, seconds=MAP_SECONDS, is_long=True)

    async def read(self, event: Pubkey, section: int) -> SeatMap:
        """The map as it is. Raises UnknownEventError, UnknownSectionError."""
        return await self._maps.get((event, section))

    async def changes(self, event: Pubkey, section: int, since: str) -> SeatChanges:
        """What changed since a version. Raises VersionGoneError, and what `read` raises."""
        now = await self.read(event, section)
        if since == now.version:
            return SeatChanges(section, since, since, {})
        steps = await self._store.changes(event, section)
        versions = [step.version for step in steps]
        if since not in versions or now.version not in versions:
            raise VersionGoneError
        newer = steps[versions.index(now.version) : versions.index(since)]
        seats = {seat for step in newer for seat in step.seats}
        return SeatChanges(
            section,
            since,
            now.version,
            {seat: now.states.get(seat, FREE) for seat in sorted(seats)},
        )

    def forget(self, event: Pubkey, section: int) -> None:
        """To be called by who knows that a seat has just changed."""
        self._maps.forget((event, section))

    async def _look(self, key: tuple[Pubkey, int]) -> SeatMap:
        event, index = key
        found = await self._catalog.seats(event, index)
        held = await self._holds.held(event, index)
        states = _states(found, held)
        kept = await self._store.read(event, index)
        if kept is None or kept.states != states:
            kept = await self._store.draw(
                event,
                index,
                before=kept,
                after=KeptMap(self._entropy(VERSION_BYTES).hex(), states),
                slot=found.slot,
            )
        section = found.section
        return SeatMap(index, section.seats, section.price, kept.version, kept.states)


def _states(found: SeatsOfSection, held: dict[int, int]) -> dict[int, str]:
    tickets = {seat: STATES[state] for seat, state in found.tickets.items()}
    return dict.fromkeys(held, HELD) | tickets
