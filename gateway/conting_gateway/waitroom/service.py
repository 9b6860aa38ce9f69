"""The waiting room: places for all, a drawn order at opening, admission at a permitted rate."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from conting_client.persons import NOBODY
from solders.pubkey import Pubkey

from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import (
    NotAdmittedError,
    NotOrganiserError,
    PassSpentError,
    WrongAuthorityError,
)
from conting_gateway.keys import Keys
from conting_gateway.limits.service import LocalLimits
from conting_gateway.tokens import ForgedTokenError
from conting_gateway.waitroom.batch import Answer, JoinBatcher
from conting_gateway.waitroom.bounds import Bounds, Patience
from conting_gateway.waitroom.errors import (
    BadTicketError,
    BeaconPassedError,
    NoQueueError,
    NotServedError,
    NotYetAdmittedError,
    QueueFixedError,
)
from conting_gateway.waitroom.guests import Guests
from conting_gateway.waitroom.outcomes import check_number, refusal
from conting_gateway.waitroom.places import Admission, Place
from conting_gateway.waitroom.rooms import Rooms
from conting_gateway.waitroom.schemas import QueueSettings
from conting_gateway.waitroom.store import Room, WaitroomStore, visit_keys
from conting_gateway.waitroom.streams import GOLDEN, Streams
from conting_gateway.waitroom.view import RoomView, Status, Told


@dataclass(frozen=True, slots=True)
class Load:
    """What this process is at: joins that wait, batches so far, open streams, rooms by event."""

    waiting: int
    batches: int
    streams: int
    rooms: dict[str, Room]


class Waitroom:
    """One process's waiting rooms; any number of processes may serve the same ones."""

    def __init__(
        self,
        store: WaitroomStore,
        catalog: Catalog,
        keys: Keys,
        guests: Guests,
        *,
        clock: Clock,
        entropy: Entropy,
        patience: Patience,
        bounds: Bounds,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._tokens = keys.tokens
        self._guests = guests
        self._authorities = keys.admission
        self._clock = clock
        self._entropy = entropy
        self._patience = patience
        self._bounds = bounds
        claim, grace = _ms(patience.claim), _ms(patience.grace)
        polls = 2 * bounds.joins_per_minute
        worker = entropy(8).hex()
        self._rooms = Rooms(
            store, catalog, clock, claim=claim, grace=grace, polls=polls, worker=worker
        )
        self._batcher = JoinBatcher(self._write_joins)
        self._joins = LocalLimits(clock, bounds.joins_per_minute)
        self._dice = 0.0
        self._streams = Streams(self._rooms, bounds.streams)
        self.close_streams = self._streams.close
        self._known = self._rooms.known
        self.tick = self._rooms.tick
        self.follow_chain = self._rooms.follow_chain

    async def configure(self, caller: Pubkey, event: Pubkey, asked: QueueSettings) -> Room:
        """Opens a waiting room, or changes its rate and capacity.

        Raises NotOrganiserError, NotServedError, WrongAuthorityError, BeaconPassedError,
        QueueFixedError.
        """
        found = await self._catalog.event(event)
        if found.organiser != caller:
            raise NotOrganiserError
        if await self._store.load(event) is None:
            if (allowed := self._bounds.organisers) and caller not in allowed:
                raise NotServedError
            if self._authorities.holding(found.admission) is None:
                raise WrongAuthorityError
            await self._check_beacon(asked.beacon_slot)
        secret = self._entropy(32)
        kept = await self._store.configure(
            event,
            rate=asked.rate_per_second,
            capacity=asked.capacity,
            beacon_slot=asked.beacon_slot,
            secret=secret,
            commit=hashlib.sha256(secret).digest(),
            issuer=None if found.issuer == NOBODY else found.issuer,
        )
        if not kept:
            raise QueueFixedError
        return (await self._rooms.reload(event)).room

    async def join(
        self, caller: Pubkey, event: Pubkey, person: Pubkey | None = None
    ) -> tuple[Place, str]:
        """The caller's place and its signed ticket; the same one however often it is asked for.

        `person` of the caller's whose place it is to be, where the event names an issuer. Raises
        NoQueueError, NotAttestedError, SoldOutError, RoomFullError, QueueBusyError,
        RateLimitedError, ReadModelLoadingError.
        """
        self._joins.spend(str(caller))
        view = await self._rooms.view(event)
        wanted = None if person is None else str(person)
        guest = self._guests.find(view.issuer, str(caller), wanted)
        number = await self._batcher.join(view.event, guest)
        return self._sign(view, guest, check_number(number), view.room.era)

    async def rejoin(self, caller: Pubkey, event: Pubkey, ticket: str) -> tuple[Place, str]:
        """The place of a ticket that Redis lost in a crash; else as `join`.

        Raises BadTicketError, and what `join` raises.
        """
        held = self.read_ticket(str(event), ticket)
        self._joins.spend(str(caller))
        view = await self._rooms.view(event)
        if held.guest not in self._guests.of(view.issuer, str(caller)):
            raise BadTicketError
        number, era = await self._store.reclaim(event, held.guest, held.number, held.era)
        if number == 0:
            number = check_number(await self._batcher.join(view.event, held.guest))
        return self._sign(view, held.guest, number, era)

    def join_here(self, wallet: str, event: str, answer: Answer) -> bool:
        """`join` without a coroutine: has `answer` called, now or later.

        Who joined through this process, and whose turn is still to come, has the answer at once,
        with no Redis call.
        False if this process has no copy of the room: then nothing was done. Raises
        NotAttestedError, QueueBusyError, RateLimitedError, ReadModelLoadingError.
        """
        known = self._known
        view = known(event)
        if view is None:
            return False
        self._joins.spend(wallet)
        guest = wallet if view.issuer is None else self._guests.find(view.issuer, wallet)
        number = view.numbers.find(guest)
        if number is None or not view.is_to_come(number):
            self._batcher.submit(view.event, guest, answer)
        else:
            answer(guest, number)
        return True

    def joined(self, event: str, guest: str, number: int) -> tuple[str, int, Told]:
        """The ticket of a number that `join_here` gave, its era, and where it stands.

        Raises SoldOutError, RoomFullError, QueueBusyError, NoQueueError.
        """
        known, clock = self._known, self._clock
        view = known(event)
        if view is None:
            raise NoQueueError
        if number <= 0:
            check_number(number)
        era = view.room.era
        ticket = self._tokens.mint("place", view.name, str(number), guest, str(era))
        self._dice = dice = (self._dice + GOLDEN) % 1
        return ticket, era, view.told(number, era, clock(), dice)

    async def status(self, event: Pubkey, ticket: str) -> tuple[Place, Status]:
        """Where the ticket's place stands. No Redis call once the room is known here.

        Raises BadTicketError, NoQueueError, RateLimitedError.
        """
        place = self.read_ticket(str(event), ticket)
        view = await self._rooms.view(event)
        view.polls.spend(place.number)
        return place, self._standing(view, place)

    def status_here(self, event: str, number: int, era: int) -> Told | None:
        """`status` of a ticket that was read before, without a coroutine.

        None if this process has no copy of the room. Raises RateLimitedError.
        """
        known, clock = self._known, self._clock  # see FastLane
        view = known(event)
        if view is None:
            return None
        now = clock()
        view.polls.spend(number, now)
        self._dice = dice = (self._dice + GOLDEN) % 1
        return view.told(number, era, now, dice)

    def knows(self, event: str) -> bool:
        """Whether this process has a copy of the room."""
        return self._rooms.known(event) is not None

    def read_ticket(self, event: str, ticket: str) -> Place:
        """Whose place a ticket is; it stays so. Raises BadTicketError."""
        try:
            named, number, guest, era = self._tokens.read("place", ticket)
        except (ForgedTokenError, ValueError) as error:  # ValueError: of an older layout
            raise BadTicketError from error
        if named != event:
            raise BadTicketError
        self._rooms.raise_floor(event, int(number))
        return Place(event, int(number), guest, int(era))

    async def standing(self, place: Place) -> Status:
        """Where a place stands, from this process's copy of the room. Raises NoQueueError."""
        return self._standing(await self._rooms.view(Pubkey.from_string(place.event)), place)

    async def follow(self, event: Pubkey, ticket: str) -> AsyncIterator[Status]:
        """Where a place stands, now and whenever that changes, at the pace of polls otherwise.

        Raises BadTicketError, NoQueueError, StreamsFullError, before the first status.
        """
        place = self.read_ticket(str(event), ticket)
        await self._rooms.view(event)
        return self._streams.follow(event, place.number, lambda view: self._standing(view, place))

    async def public(self, event: Pubkey) -> Room:
        """The room's record, whose secret must not be shown before its order is drawn."""
        return (await self._rooms.view(event)).room

    async def enter(self, caller: Pubkey, event: Pubkey, ticket: str) -> tuple[str, Admission]:
        """An admission pass for a place whose turn has come; the same visit if asked again.

        Raises BadTicketError, NotAttestedError, NotYetAdmittedError, SoldOutError, TurnLapsedError,
        PassSpentError, PlaceLostError.
        """
        held = self.read_ticket(str(event), ticket)
        view = await self._rooms.view(event)
        await self._guests.require(view.issuer, caller, held.guest)
        place = await self._drawn(view, held.number)
        outcome, ends = await self._store.enter(
            event,
            guest=held.guest,
            number=held.number,
            place=place,
            visit=_ms(self._patience.visit),
            grace=_ms(self._patience.grace),
        )
        if outcome != "entered":
            raise refusal(outcome)
        return self._admit(Admission(event, caller, held.guest, held.number, place, ends // 1000))

    async def leave(self, caller: Pubkey, event: Pubkey, ticket: str) -> str | None:
        """Ends a visit, or a turn that was not taken, for the next of the line.

        Whose it was; None if they have joined anew since: what they hold is of another visit.
        Raises BadTicketError, NotYetAdmittedError, ReadModelLoadingError.
        """
        held = self.read_ticket(str(event), ticket)
        view = await self._rooms.view(event)
        if held.guest not in self._guests.of(view.issuer, str(caller)):
            raise BadTicketError
        place = await self._drawn(view, held.number)
        outcome = await self._store.leave(event, held.guest, held.number, place)
        if outcome == "waiting":
            raise NotYetAdmittedError
        return held.guest if outcome == "out" else None

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

    async def spend(self, event: Pubkey, guest: str, number: int, place: int) -> None:
        """Ends a visit that bought something."""
        await self._store.spend(event, guest, number, place)

    async def guests(self, caller: Pubkey, event: Pubkey) -> Sequence[str]:
        """All that a wallet stands for at an event, whether they have joined or not.

        Raises ReadModelLoadingError.
        """
        try:
            issuer = (await self._rooms.view(event)).issuer
        except NoQueueError:
            issuer = None
        return self._guests.of(issuer, str(caller))

    def load(self) -> Load:
        """What this process is at."""
        rooms = {event: view.room for event, view in self._rooms.all().items()}
        return Load(self._batcher.waiting, self._batcher.batches, self._streams.open, rooms)

    async def drain(self) -> None:
        """Answers all joins that are under way."""
        await self._batcher.drain()

    async def _drawn(self, view: RoomView, number: int) -> int:
        """The place of a number; another gateway may have told of it before this one hears.

        Raises NotYetAdmittedError, NoQueueError.
        """
        place = view.place(number)
        if place is None:
            place = (await self._rooms.refresh(view.event)).place(number)
        if place is None:
            raise NotYetAdmittedError
        return place

    async def _check_beacon(self, slot: int) -> None:
        if slot <= await self._catalog.slot():
            raise BeaconPassedError

    async def _write_joins(self, event: Pubkey, guests: Sequence[str]) -> list[int] | None:
        view, floor = self._rooms.known(str(event)), self._rooms.floor(event)
        numbers = await self._store.join(event, self._bounds.places, guests, floor)
        if numbers is None:
            return None
        self._rooms.raise_floor(str(event), max(numbers))
        if view is not None:
            for guest, number in zip(guests, numbers, strict=True):
                if number > 0:
                    view.numbers.keep(guest, number)
        return numbers

    def _sign(self, view: RoomView, guest: str, number: int, era: int) -> tuple[Place, str]:
        place = Place(view.name, number, guest, era)
        fields = (place.event, str(number), guest, str(place.era))
        return place, self._tokens.mint("place", *fields)

    def _standing(self, view: RoomView, place: Place) -> Status:
        self._dice = (self._dice + GOLDEN) % 1
        return view.status(place.number, place.era, self._clock(), self._dice)

    def _read_pass(self, token: str) -> Admission:
        try:
            event, wallet, guest, *numbers = self._tokens.read("admission", token)
            number, place, expires = map(int, numbers)
        except (ForgedTokenError, ValueError) as error:  # ValueError: of an older layout
            raise NotAdmittedError from error
        keys = Pubkey.from_string(event), Pubkey.from_string(wallet)
        return Admission(*keys, guest, number, place, expires)

    def _admit(self, visit: Admission) -> tuple[str, Admission]:
        numbers = (visit.number, visit.place, visit.expires)
        fields = (str(visit.event), str(visit.wallet), visit.guest, *map(str, numbers))
        return self._tokens.mint("admission", *fields), visit


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
