"""Writes down what happens on chain, once for all replicas, and tells it to who listens.

Each program's transactions are read in their order from where the last writer got to. The place
moves in the same step in which the happenings are written, so a writer that died leaves neither a
gap nor anything twice, and two writers at a time only waste work.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

from conting_client import AccountMissing, Rpc
from conting_client.history import History, Past, Transaction
from solders.pubkey import Pubkey
from solders.signature import Signature

from conting_gateway.errors import StreamsFullError
from conting_gateway.limits.slots import Slots
from conting_gateway.readmodel.follower import Follower
from conting_gateway.readmodel.happenings import Happening, Reader
from conting_gateway.readmodel.store import FeedStore, Gap, Told, order

LEASE_SECONDS: Final = 5.0
WAIT_SECONDS: Final = 0.25  # of a round, and so of an ending; Redis tells at once what is new
ALL: Final = 10_000_000
AT_ONCE: Final = 8  # transactions that are fetched together
KEPT: Final = 2_000  # happenings in memory, for streams
A_READ: Final = 500
HEARTBEAT: Final = 15.0  # seconds of nothing after which a stream says that it lives
SPREAD: Final = 0.1  # of a stream's life: those that began together do not end together
GOLDEN: Final = 0.618034

Wanted = Callable[[Happening], bool]
Heard = Told | Gap | None


class Writer:
    """Brings the stream up to the chain, a round at a time.

    A new stream goes `first` transactions of each program back.
    """

    def __init__(
        self, store: FeedStore, rpc: Rpc, programs: Sequence[Pubkey], name: str, first: int
    ) -> None:
        self._store = store
        self._history = History(rpc)
        self._programs = programs
        self._reader = Reader(programs[0])
        self._name = name
        self._first = first

    async def round(self) -> None:
        """Writes what is new, unless another replica is at it. Raises what Rpc and Redis raise."""
        if not await self._store.lease(self._name, LEASE_SECONDS):
            return
        genesis = await self._history.genesis()
        for program in self._programs:
            await self._catch_up(program, f"{genesis}:{program}")

    async def _catch_up(self, program: Pubkey, field: str) -> None:
        place = await self._store.place(field)
        slot, _, last = place.partition(":")
        signature = Signature.from_string(last) if last else None
        most = self._first if signature is None else ALL
        found = await self._history.since(program, signature, most=most)
        new = [past for past in found if not slot or past.slot >= int(slot)]
        for part in batched_list(new, AT_ONCE):
            fetched = await self._fetch(part)
            for past in part:
                if past not in fetched:
                    return  # the node does not have it yet
                moved = f"{past.slot}:{past.signature}"
                transaction = fetched[past]
                happened = self._reader.read(transaction, program) if transaction else []
                ended = [str(key) for key in transaction.ended] if transaction else []
                if not await self._store.append(field, place, moved, happened, ended):
                    return
                place = moved
            await self._store.lease(self._name, LEASE_SECONDS)

    async def _fetch(self, part: Sequence[Past]) -> dict[Past, Transaction | None]:
        """The transactions that the node has; None for those that failed."""
        found = await asyncio.gather(*(self._transaction(past) for past in part))
        return dict(each for each in found if each is not None)

    async def _transaction(self, past: Past) -> tuple[Past, Transaction | None] | None:
        if past.failed:
            return past, None
        try:
            return past, await self._history.transaction(past)
        except AccountMissing:
            return None


class Feed:
    """What the stream tells, to this process's own listeners, `life` seconds each.

    A listener that went without a word would else be kept for as long as the network lets it.
    """

    def __init__(self, store: FeedStore, follower: Follower, slots: Slots, life: float) -> None:
        self._store = store
        self._follower = follower
        self._slots = slots
        self._life = life
        self._dice = 0.0
        self._place = ""
        self._kept: deque[Told] = deque(maxlen=KEPT)
        self._moved = asyncio.Event()
        self._closing = False

    @property
    def open(self) -> int:
        """How many listen here."""
        return self._slots.open

    async def round(self) -> None:
        """Waits a moment for what is new, and passes it on. Raises what Redis raises."""
        if not self._place:
            self._place = await self._store.newest()
        told = await self._store.wait(self._place, A_READ, WAIT_SECONDS)
        for each in told:
            self._take(each)
        if told:
            self._wake()
        elif order(await self._store.newest()) < order(self._place):
            self._place = "0"  # another Redis, or one that has lost what it knew
            self._kept.clear()
            self._wake()

    async def history(self, who: Sequence[Pubkey]) -> list[Happening]:
        """What happened to any of these persons and wallets, the newest first, each once."""
        found = [await self._store.history(str(each)) for each in who]
        each_once = {happening.id: happening for part in found for happening in part}
        return sorted(each_once.values(), key=lambda each: (-each.slot, each.id))

    async def page(self, after: str, most: int) -> tuple[list[Told], Gap | None]:
        """A part of the stream, from the oldest that is kept; and whether some before is not."""
        told = await self._store.after(after, most)
        return told, await self._store.gap(after)

    async def listen(self, who: str, after: str | None, wanted: Wanted) -> AsyncIterator[Heard]:
        """What is told from now on, or after a place, to `who`; None is a sign of life.

        Raises StreamsFullError, before the first one.
        """
        if self._closing:
            raise StreamsFullError
        return self._listen(who, after or self._place or await self._store.newest(), wanted)

    def close(self) -> None:
        """Ends all that `listen` gave out."""
        self._closing = True
        self._wake()

    async def _listen(self, who: str, place: str, wanted: Wanted) -> AsyncIterator[Heard]:
        self._dice = (self._dice + GOLDEN) % 1
        now = asyncio.get_running_loop().time
        ends = now() + self._life * (1 - SPREAD * self._dice)
        with self._slots.take(who):
            yield None
            while not self._closing and now() < ends:
                moved = self._moved
                told = await self._after(place)
                if isinstance(told, Gap):
                    place = told.next
                    yield told
                    continue
                for each in told:
                    place = each.place
                    if wanted(each.happening):
                        yield each
                if told:
                    continue
                try:
                    async with asyncio.timeout(max(0, min(HEARTBEAT, ends - now()))):
                        await moved.wait()
                except TimeoutError:
                    yield None

    async def _after(self, place: str) -> Sequence[Told] | Gap:
        """From memory where it reaches back so far, else from Redis."""
        here, reached = order(place), order(self._place or "0")
        if self._place and here == reached:
            return []
        if self._place and here > reached:  # another replica is ahead; or Redis has lost it
            return await self._store.gap(place) or []
        if self._kept and here >= order(self._kept[0].place):
            return [each for each in self._kept if order(each.place) > here]
        told = await self._store.after(place, A_READ)
        return await self._store.gap(place) or told

    def _take(self, told: Told) -> None:
        self._place = told.place
        self._kept.append(told)
        happening = told.happening
        signature = Signature.from_string(happening.id.partition(":")[0])
        self._follower.expect(signature, happening.slot)
        for address in told.ended:
            self._follower.model.end(Pubkey.from_string(address), happening.slot)

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def batched_list(found: Sequence[Past], size: int) -> list[Sequence[Past]]:
    """Parts of at most `size`."""
    return [found[start : start + size] for start in range(0, len(found), size)]
