"""One process's copies of the rooms: loaded once, then kept up to date by what Redis tells."""

import asyncio
from array import array

from conting_client import ContingError
from solders.pubkey import Pubkey

from conting_gateway.background import each_by_itself
from conting_gateway.catalog.service import Catalog
from conting_gateway.clock import Clock
from conting_gateway.errors import UnknownEventError
from conting_gateway.limits.service import LocalLimits
from conting_gateway.redis import RedisError
from conting_gateway.waitroom.errors import NoQueueError
from conting_gateway.waitroom.order import choose_beacon, draw_places, make_seed
from conting_gateway.waitroom.store import Pulse, Room, WaitroomStore
from conting_gateway.waitroom.view import RoomView


class Rooms:
    """The rooms that this process knows; any number of processes may serve the same ones.

    `claim` and `grace`: how long a turn waits to be taken, and a missed turn is kept. Milliseconds.
    `polls`: how often in a minute a place may be asked for. `worker`: this process's name in Redis.
    """

    def __init__(
        self,
        store: WaitroomStore,
        catalog: Catalog,
        clock: Clock,
        *,
        claim: int,
        grace: int,
        polls: int,
        worker: str,
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._claim = claim
        self._grace = grace
        self._polls = polls
        self._worker = worker
        self._views: dict[str, RoomView] = {}
        self._floors: dict[str, int] = {}
        self._draws: dict[str, Room] = {}
        """The rooms whose order this process has heard of, should Redis lose it."""
        self._orders: dict[str, tuple[tuple[bytes, int], asyncio.Task[array[int]]]] = {}
        """By what they were drawn, and their places."""
        self._listed: set[Pubkey] = set()
        """Those that Redis has named, until this process finds that they are over."""
        self.known = self._views.get
        """The copy of a room, by its event's address, if this process has one. No Redis call."""

    def all(self) -> dict[str, RoomView]:
        """Every room that this process knows, by event."""
        return dict(self._views)

    async def view(self, event: Pubkey) -> RoomView:
        """The copy of a room. Raises NoQueueError."""
        return self._views.get(str(event)) or await self.reload(event)

    async def reload(self, event: Pubkey) -> RoomView:
        """A new copy of a room. Raises NoQueueError."""
        found = await self._store.load(event, self._worker)
        if found is None:
            self._forget(event)
            raise NoQueueError
        if found.room.seed is not None:
            self._draws[str(event)] = found.room
        places = await self._places(event, found.room)
        polls = LocalLimits(self._clock, self._polls)
        before = self._views.get(str(event))
        event = event if before is None else before.event  # one object for all that join
        view = RoomView(event, found, places, self._clock(), self.floor(event), polls=polls)
        self._views[str(event)] = view
        if before is not None:
            view.follow(before)
            before.wake_all()
        return view

    async def refresh(self, event: Pubkey) -> RoomView:
        """The copy of a room, with what Redis has to tell by now. Raises NoQueueError."""
        await self._tick(event)
        return await self.view(event)

    def floor(self, event: Pubkey) -> int:
        """The highest number of an event that this process has seen given out."""
        view = self._views.get(str(event))
        return max(self._floors.get(str(event), 0), view.floor if view else 0)

    def raise_floor(self, event: str, number: int) -> None:
        """To be told of every number that is given out, or seen signed, here."""
        if number > self._floors.get(event, 0):
            self._floors[event] = number

    async def tick(self) -> None:
        """Lets people in where it is time, and brings the copies up to date.

        A room whose Redis does not answer keeps none of the others waiting.
        """
        await each_by_itself(map(Pubkey.from_string, self._views), self._tick)

    async def follow_chain(self) -> None:
        """Finds new rooms, and takes each one as far as the chain allows.

        An event or a room that is not found may be one that this node or store lags behind on; the
        next round looks again.
        """
        failed: Exception | None = None
        listed = await self._store.events()
        self._listed.update(listed)
        for event in dict.fromkeys([*listed, *(view.event for view in self._views.values())]):
            try:
                await self._advance(event, (await self.view(event)).room)
            except (NoQueueError, UnknownEventError):
                continue
            except (RedisError, ContingError) as error:  # of this event alone, perhaps
                failed = error
        if failed is not None:
            raise failed

    def _forget(self, event: Pubkey) -> None:
        self._orders.pop(str(event), None)
        view = self._views.pop(str(event), None)
        if view is not None:
            view.wake_all()

    async def _places(self, event: Pubkey, room: Room) -> "array[int]":
        """The order, drawn once for all who ask."""
        if room.seed is None or room.collected is None:
            return array("Q")
        by = room.seed, room.collected
        kept = self._orders.get(str(event))
        if kept is None or kept[0] != by:
            kept = by, asyncio.create_task(asyncio.to_thread(draw_places, *by))
            self._orders[str(event)] = kept
        return await asyncio.shield(kept[1])

    async def _tick(self, event: Pubkey) -> None:
        view = self._views.get(str(event))
        seen = view.room.changed if view else 0
        pulse = await self._ask(event, seen)
        if pulse is None:
            self._forget(event)
        elif view is None or not view.apply(pulse, self._clock()):
            await self.reload(event)

    async def _ask(self, event: Pubkey, seen: int) -> Pulse | None:
        return await self._store.tick(
            event,
            self._claim,
            self._grace,
            worker=self._worker,
            floor=self.floor(event),
            seen=seen,
            drawn=self._draws.get(str(event)),
        )

    async def _advance(self, event: Pubkey, room: Room) -> None:
        if room.state == "collecting" and await self._has_opened(event):
            await self._store.close(event, self.floor(event))
            room = (await self.reload(event)).room
        if room.state == "drawing":
            await self._draw(event, room)
        elif room.state == "open" and await self._sells_no_more(event):
            await self._store.sell_out(event)
            await self.reload(event)
        elif event in self._listed and await self._is_over(event):
            await self._store.retire(event)
            self._forget(event)
            self._listed.discard(event)

    async def _has_opened(self, event: Pubkey) -> bool:
        return await self._catalog.now() >= (await self._catalog.event(event)).sale_opens

    async def _is_over(self, event: Pubkey) -> bool:
        return await self._catalog.now() >= (await self._catalog.event(event)).ends

    async def _sells_no_more(self, event: Pubkey) -> bool:
        rules = await self._catalog.event(event)
        over = rules.cancelled or await self._catalog.now() >= rules.sale_closes
        return over or await self._catalog.is_sold_out(event)

    async def _draw(self, event: Pubkey, room: Room) -> None:
        beacon = choose_beacon(room.beacon_slot, await self._catalog.slot_hashes())
        if beacon is None:
            return
        seed = make_seed(event, room.secret, beacon)
        await self._store.open(event, beacon.slot, beacon.hash, seed, self.floor(event))
        await self.reload(event)
