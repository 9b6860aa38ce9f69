"""The waiting room: places for all, a drawn order at opening, admission at a permitted rate."""

import asyncio
import contextlib
import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace

from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import (
    BadTicketError,
    BeaconPassedError,
    NoQueueError,
    NotAdmittedError,
    NotOrganiserError,
    NotYetAdmittedError,
    PassSpentError,
    PlaceLostError,
    QueueFixedError,
    RoomFullError,
    SoldOutError,
    TurnLapsedError,
    UnknownEventError,
)
from conting_gateway.limits.service import LocalLimits
from conting_gateway.tokens import ForgedTokenError, TokenKeys
from conting_gateway.waitroom.batch import JoinBatcher
from conting_gateway.waitroom.order import choose_beacon, draw_places, make_seed
from conting_gateway.waitroom.schemas import QueueSettings
from conting_gateway.waitroom.store import Entering, Pulse, Room, WaitroomStore, visit_keys
from conting_gateway.waitroom.view import RoomView, Status, status_of


@dataclass(frozen=True, slots=True)
class Place:
    """A number in one event's line, and whose it is."""

    event: Pubkey
    number: int
    wallet: Pubkey


@dataclass(frozen=True, slots=True)
class Admission:
    """A visit: who may buy what, from which place, until when (Unix seconds)."""

    event: Pubkey
    wallet: Pubkey
    number: int
    place: int
    expires: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a turn waits to be taken, a visit lasts, and a missed turn is kept. Seconds."""

    claim: float
    visit: float
    grace: float


class Waitroom:
    """One process's waiting rooms; any number of processes may serve the same ones."""

    def __init__(
        self,
        store: WaitroomStore,
        catalog: Catalog,
        tokens: TokenKeys,
        *,
        clock: Clock,
        entropy: Entropy,
        patience: Patience,
        room_limit: int,
        joins_per_minute: int,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy
        self._patience = patience
        self._room_limit = room_limit
        self._views: dict[Pubkey, RoomView] = {}
        self._batcher = JoinBatcher(self._write_joins)
        self._joins = LocalLimits(clock, joins_per_minute)
        self._polls = LocalLimits(clock, 2 * joins_per_minute)

    async def configure(self, caller: Pubkey, event: Pubkey, asked: QueueSettings) -> Room:
        """Opens a waiting room, or changes its rate and capacity.

        Raises NotOrganiserError, BeaconPassedError, QueueFixedError.
        """
        if (await self._catalog.event(event)).organiser != caller:
            raise NotOrganiserError
        if await self._store.load(event) is None:
            await self._check_beacon(asked.beacon_slot)
        secret = self._entropy(32)
        kept = await self._store.configure(
            event,
            rate=asked.rate_per_second,
            capacity=asked.capacity,
            beacon_slot=asked.beacon_slot,
            secret=secret,
            commit=hashlib.sha256(secret).digest(),
        )
        if not kept:
            raise QueueFixedError
        return (await self._reload(event)).room

    async def join(self, caller: Pubkey, event: Pubkey) -> tuple[Place, str]:
        """The caller's place and its signed ticket; the same one however often it is asked for.

        Raises NoQueueError, SoldOutError, RoomFullError, QueueBusyError, RateLimitedError.
        """
        self._joins.spend(f"{event}{caller}")
        await self._view(event)
        number = await self._batcher.join(event, str(caller))
        if number == 0:
            raise RoomFullError
        if number < 0:
            raise SoldOutError
        place = Place(event, number, caller)
        return place, self._tokens.mint("place", str(event), str(number), str(caller))

    async def status(self, event: Pubkey, ticket: str) -> tuple[Place, Status]:
        """Where the ticket's place stands. No Redis call once the room is known here.

        Raises BadTicketError, NoQueueError, RateLimitedError.
        """
        place = self._read_ticket(event, ticket)
        self._polls.spend(f"{event}{place.number}")
        return place, await self.standing(place)

    async def standing(self, place: Place) -> Status:
        """Where a place stands, from this process's copy of the room. Raises NoQueueError."""
        dice = self._entropy(1)[0] / 256
        return status_of(await self._view(place.event), place.number, self._clock(), dice)

    async def public(self, event: Pubkey) -> Room:
        """The room's record, whose secret must not be shown before its order is drawn."""
        return (await self._view(event)).room

    async def enter(self, caller: Pubkey, event: Pubkey, ticket: str) -> tuple[str, Admission]:
        """An admission pass for a place whose turn has come; the same visit if asked again.

        Raises BadTicketError, NotYetAdmittedError, SoldOutError, TurnLapsedError, PassSpentError,
        PlaceLostError.
        """
        held = self._read_ticket(event, ticket)
        if held.wallet != caller:
            raise BadTicketError
        place = (await self._view(event)).place(held.number)
        if place is None:
            raise NotYetAdmittedError
        outcome, ends = await self._store.enter(
            event,
            wallet=str(caller),
            number=held.number,
            place=place,
            visit=_ms(self._patience.visit),
            grace=_ms(self._patience.grace),
        )
        if outcome != "entered":
            raise _refusal(outcome)
        return self._admit(Admission(event, caller, held.number, place, ends // 1000))

    async def check_pass(self, caller: Pubkey, event: Pubkey, token: str) -> Admission:
        """The visit of an admission pass. Raises NotAdmittedError, PassSpentError."""
        admission = self._read_pass(token)
        if (admission.wallet, admission.event) != (caller, event):
            raise NotAdmittedError
        standing = await self._store.standing(event, admission.place)
        if standing == "spent":
            raise PassSpentError
        if standing == "outside" or self._clock() >= admission.expires:
            raise NotAdmittedError
        return admission

    @staticmethod
    def visit_keys(event: Pubkey) -> tuple[str, str]:
        """Where Redis keeps who is inside, for scripts that must see it as they act."""
        return visit_keys(event)

    async def spend(self, admission: Admission) -> None:
        """Ends a visit that bought something."""
        await self._store.spend(
            admission.event, str(admission.wallet), admission.number, admission.place
        )

    async def tick(self) -> None:
        """Lets people in where it is time, and brings this process's copies up to date."""
        for event in list(self._views):
            await self._tick(event)

    async def follow_chain(self) -> None:
        """Finds new rooms, and takes each one as far as the chain allows.

        An event or a room that is not found may be one that this node or store lags behind on; the
        next round looks again.
        """
        for event in await self._store.events():
            with contextlib.suppress(NoQueueError, UnknownEventError):
                await self._advance(event, (await self._view(event)).room)

    async def drain(self) -> None:
        """Answers all joins that are under way."""
        await self._batcher.drain()

    async def _check_beacon(self, slot: int) -> None:
        if slot <= await self._catalog.slot():
            raise BeaconPassedError

    async def _write_joins(self, event: Pubkey, wallets: Sequence[str]) -> list[int] | None:
        return await self._store.join(event, self._room_limit, wallets)

    async def _view(self, event: Pubkey) -> RoomView:
        return self._views.get(event) or await self._reload(event)

    async def _reload(self, event: Pubkey) -> RoomView:
        room = await self._store.load(event)
        if room is None:
            self._views.pop(event, None)
            raise NoQueueError
        guests = await self._store.guests(event)
        view = RoomView(room, guests, await self._places(event, room), self._clock())
        self._views[event] = view
        return view

    async def _places(self, event: Pubkey, room: Room) -> "array[int]":
        known = self._views.get(event)
        if room.seed is None or room.collected is None:
            return array("Q")
        if known is not None and known.room.seed == room.seed:
            return known.places
        return await asyncio.to_thread(draw_places, room.seed, room.collected)

    async def _tick(self, event: Pubkey) -> None:
        pulse = await self._store.tick(event, _ms(self._patience.claim), _ms(self._patience.grace))
        view = self._views.get(event)
        if pulse is None:
            self._views.pop(event, None)
        elif view is None or pulse.version != view.room.version:
            await self._reload(event)
        else:
            self._views[event] = replace(
                view, room=_with_pulse(view.room, pulse), seen=self._clock()
            )

    async def _advance(self, event: Pubkey, room: Room) -> None:
        if room.state == "collecting" and await self._has_opened(event):
            await self._store.close(event)
            room = (await self._reload(event)).room
        if room.state == "drawing":
            await self._draw(event, room)
        elif await self._catalog.now() >= (await self._catalog.event(event)).ends:
            await self._store.retire(event)
            self._views.pop(event, None)
        elif room.state == "open" and await self._catalog.is_sold_out(event):
            await self._store.sell_out(event)
            await self._reload(event)

    async def _has_opened(self, event: Pubkey) -> bool:
        return await self._catalog.now() >= (await self._catalog.event(event)).sale_opens

    async def _draw(self, event: Pubkey, room: Room) -> None:
        beacon = choose_beacon(room.beacon_slot, await self._catalog.slot_hashes())
        if beacon is None:
            return
        seed = make_seed(event, room.secret, beacon)
        await self._store.open(event, beacon.slot, beacon.hash, seed)
        await self._reload(event)

    def _read_ticket(self, event: Pubkey, ticket: str) -> Place:
        try:
            named, number, wallet = self._tokens.read("place", ticket)
        except ForgedTokenError as error:
            raise BadTicketError from error
        if named != str(event):
            raise BadTicketError
        return Place(event, int(number), Pubkey.from_string(wallet))

    def _read_pass(self, token: str) -> Admission:
        try:
            event, wallet, number, place, expires = self._tokens.read("admission", token)
        except ForgedTokenError as error:
            raise NotAdmittedError from error
        keys = Pubkey.from_string(event), Pubkey.from_string(wallet)
        return Admission(*keys, int(number), int(place), int(expires))

    def _admit(self, visit: Admission) -> tuple[str, Admission]:
        numbers = (visit.number, visit.place, visit.expires)
        fields = (str(visit.event), str(visit.wallet), *map(str, numbers))
        return self._tokens.mint("admission", *fields), visit


def _with_pulse(room: Room, pulse: Pulse) -> Room:
    return replace(room, state=pulse.state, serving=pulse.serving, tail=pulse.tail)


def _refusal(outcome: Entering) -> Exception:
    match outcome:
        case "grace":
            return NotYetAdmittedError("You missed your turn; you are let in again next, once.")
        case "sold_out":
            return SoldOutError()
        case "lapsed":
            return TurnLapsedError()
        case "spent":
            return PassSpentError()
        case "lost":
            return PlaceLostError()
        case _:
            return NotYetAdmittedError()


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
