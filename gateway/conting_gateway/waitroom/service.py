"""The waiting room: places for all, a drawn order at opening, admission at a permitted rate."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    QueueBusyError,
    QueueFixedError,
    RoomFullError,
    SoldOutError,
    StreamsFullError,
    TurnLapsedError,
)
from conting_gateway.limits.service import LocalLimits
from conting_gateway.tokens import ForgedTokenError, TokenKeys
from conting_gateway.waitroom.batch import JoinBatcher
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.schemas import QueueSettings
from conting_gateway.waitroom.store import Entering, Room, WaitroomStore, visit_keys
from conting_gateway.waitroom.view import RoomView, Status, Told

GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, spread polls more evenly than chance does."""


class Place(NamedTuple):
    """A number in one event's line, and whose it is.

    `era`: how many crashes of Redis the room had seen when the number was signed.
    """

    event: str
    number: int
    wallet: str
    era: int


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


@dataclass(frozen=True, slots=True)
class Load:
    """What this process is at: joins that wait, batches so far, open streams, rooms by event."""

    waiting: int
    batches: int
    streams: int
    rooms: dict[str, Room]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one waiting room, one wallet and one process may use at most."""

    places: int
    joins_per_minute: int
    streams: int


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
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy
        self._patience = patience
        self._bounds = bounds
        claim, grace = _ms(patience.claim), _ms(patience.grace)
        self._rooms = Rooms(store, catalog, clock, claim=claim, grace=grace)
        self._batcher = JoinBatcher(self._write_joins)
        self._joins = LocalLimits(clock, bounds.joins_per_minute)
        self._polls = LocalLimits(clock, 2 * bounds.joins_per_minute)
        self._dice = 0.0
        self._streams = 0
        self._closing = asyncio.Event()
        self.tick = self._rooms.tick
        self.follow_chain = self._rooms.follow_chain

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
        return (await self._rooms.reload(event)).room

    async def join(self, caller: Pubkey, event: Pubkey) -> tuple[Place, str]:
        """The caller's place and its signed ticket; the same one however often it is asked for.

        Raises NoQueueError, SoldOutError, RoomFullError, QueueBusyError, RateLimitedError.
        """
        self._joins.spend(f"{event}{caller}")
        view = await self._rooms.view(event)
        number = await self._batcher.join(event, str(caller))
        return self._sign(view, str(caller), check_number(number))

    async def rejoin(self, caller: Pubkey, event: Pubkey, ticket: str) -> tuple[Place, str]:
        """The place of a ticket that Redis lost in a crash; else as `join`.

        Raises BadTicketError, and what `join` raises.
        """
        held = self._own_ticket(caller, event, ticket)
        self._joins.spend(f"{event}{caller}")
        view = await self._rooms.view(event)
        number = await self._store.reclaim(event, str(caller), held.number, held.era)
        if number == 0:
            return await self.join(caller, event)
        return self._sign(view, str(caller), number)

    def join_here(
        self, wallet: str, event: str, answer: Callable[[int | Exception], None]
    ) -> RoomView | None:
        """`join` without a coroutine: has `answer` called with the number, or what prevents it.

        The room's copy, None if this process has none: then nothing was done. Raises
        QueueBusyError, RateLimitedError.
        """
        view = self._rooms.known(event)
        if view is not None:
            self._joins.spend(event + wallet)
            self._batcher.submit(view.event, wallet, answer)
        return view

    def joined(self, event: str, wallet: str, number: int) -> tuple[str, Told]:
        """The ticket of a number that `join_here` gave, and where it stands.

        Raises SoldOutError, RoomFullError, QueueBusyError, NoQueueError.
        """
        view = self._rooms.known(event)
        if view is None:
            raise NoQueueError
        if number <= 0:
            check_number(number)
        era = len(view.room.losses)
        ticket = self._tokens.mint("place", view.name, str(number), wallet, str(era))
        self._dice = dice = (self._dice + GOLDEN) % 1
        return ticket, view.told(number, era, self._clock(), dice)

    async def status(self, event: Pubkey, ticket: str) -> tuple[Place, Status]:
        """Where the ticket's place stands. No Redis call once the room is known here.

        Raises BadTicketError, NoQueueError, RateLimitedError.
        """
        place = self.read_ticket(str(event), ticket)
        self._polls.spend(ticket)
        return place, await self.standing(place)

    def status_here(self, event: str, number: int, era: int, ticket: str) -> Told | None:
        """`status` of a ticket that was read before, without a coroutine.

        None if this process has no copy of the room. Raises RateLimitedError.
        """
        view = self._rooms.known(event)
        if view is None:
            return None
        self._polls.spend(ticket)
        self._dice = dice = (self._dice + GOLDEN) % 1
        return view.told(number, era, self._clock(), dice)

    def knows(self, event: str) -> bool:
        """Whether this process has a copy of the room."""
        return self._rooms.known(event) is not None

    def read_ticket(self, event: str, ticket: str) -> Place:
        """Whose place a ticket is; it stays so. Raises BadTicketError."""
        try:
            named, number, wallet, era = self._tokens.read("place", ticket)
        except (ForgedTokenError, ValueError) as error:  # ValueError: of an older layout
            raise BadTicketError from error
        if named != event:
            raise BadTicketError
        return Place(event, int(number), wallet, int(era))

    async def standing(self, place: Place) -> Status:
        """Where a place stands, from this process's copy of the room. Raises NoQueueError."""
        return self._standing(await self._rooms.view(Pubkey.from_string(place.event)), place)

    async def follow(self, event: Pubkey, ticket: str) -> AsyncIterator[Status]:
        """Where a place stands, now and whenever that changes, at the pace of polls otherwise.

        Raises BadTicketError, NoQueueError, StreamsFullError, before the first status.
        """
        place = self.read_ticket(str(event), ticket)
        await self._rooms.view(event)
        if self._streams >= self._bounds.streams or self._closing.is_set():
            raise StreamsFullError
        return self._follow(event, place)

    def close_streams(self) -> None:
        """Ends all that `follow` gave out; the process is about to end."""
        self._closing.set()
        for view in self._rooms.all().values():
            view.wake_all()

    async def public(self, event: Pubkey) -> Room:
        """The room's record, whose secret must not be shown before its order is drawn."""
        return (await self._rooms.view(event)).room

    async def enter(self, caller: Pubkey, event: Pubkey, ticket: str) -> tuple[str, Admission]:
        """An admission pass for a place whose turn has come; the same visit if asked again.

        Raises BadTicketError, NotYetAdmittedError, SoldOutError, TurnLapsedError, PassSpentError,
        PlaceLostError.
        """
        held = self._own_ticket(caller, event, ticket)
        place = (await self._rooms.view(event)).place(held.number)
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

    def load(self) -> Load:
        """What this process is at."""
        rooms = {event: view.room for event, view in self._rooms.all().items()}
        return Load(self._batcher.waiting, self._batcher.batches, self._streams, rooms)

    async def drain(self) -> None:
        """Answers all joins that are under way."""
        await self._batcher.drain()

    async def _check_beacon(self, slot: int) -> None:
        if slot <= await self._catalog.slot():
            raise BeaconPassedError

    async def _write_joins(self, event: Pubkey, wallets: Sequence[str]) -> list[int] | None:
        floor = self._rooms.floor(event)
        numbers = await self._store.join(event, self._bounds.places, wallets, floor)
        self._rooms.raise_floor(event, max(numbers or [0]))
        return numbers

    def _sign(self, view: RoomView, wallet: str, number: int) -> tuple[Place, str]:
        place = Place(view.name, number, wallet, len(view.room.losses))
        fields = (place.event, str(number), wallet, str(place.era))
        return place, self._tokens.mint("place", *fields)

    def _standing(self, view: RoomView, place: Place) -> Status:
        self._dice = (self._dice + GOLDEN) % 1
        return view.status(place.number, place.era, self._clock(), self._dice)

    async def _follow(self, event: Pubkey, place: Place) -> AsyncIterator[Status]:
        self._streams += 1
        try:
            while not self._closing.is_set():
                view = await self._rooms.view(event)
                status = self._standing(view, place)
                yield status
                await _woken(view, status.place or 0, status.next_poll_ms / 1000)
        except NoQueueError:
            return  # the event is over
        finally:
            self._streams -= 1

    def _own_ticket(self, caller: Pubkey, event: Pubkey, ticket: str) -> Place:
        held = self.read_ticket(str(event), ticket)
        if held.wallet != str(caller):
            raise BadTicketError
        return held

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


def check_number(number: int) -> int:
    """A number as Redis gave it (lua.JOIN). Raises RoomFullError, SoldOutError, QueueBusyError."""
    match number:
        case 0:
            raise RoomFullError
        case -1:
            raise SoldOutError
        case -2:
            raise QueueBusyError
    return number


async def _woken(view: RoomView, place: int, seconds: float) -> None:
    """Waits until something happens to the place, at most so long."""
    woken = asyncio.Event()
    view.watch(place, woken.set)
    try:
        async with asyncio.timeout(seconds):
            await woken.wait()
    except TimeoutError:
        pass
    finally:
        view.unwatch(place, woken.set)


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
