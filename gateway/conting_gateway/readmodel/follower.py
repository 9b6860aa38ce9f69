"""Keeps the model as new as the chain: notifications, and reading everything where they fail.

Of an account that is closed nothing is told: what a transaction has ended is read from itself, and
until then no later slot is claimed. Notifications have no numbers, so gaps are looked for: a slot
whose parent was never told, silence, and a transaction that another replica has written down and
this one has not been told of. After any of them everything is read anew, and so it is once a minute
in any case.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Literal

from conting_client import AccountInfo, ContingError, Rpc, RpcUnavailable
from conting_client.history import History, Past
from conting_client.notifications import (
    Changed,
    Entered,
    Logged,
    Notification,
    Notifications,
    subscribe,
)

from conting_gateway.clock import Clock
from conting_gateway.readmodel.model import Model

CONFIRMED_BEHIND: Final = 2  # slots: what a new one confirms lies that far back
MOST_AHEAD: Final = 150  # slots, a minute, of what is told before what was heard of
SILENCE: Final = 5.0  # seconds without a slot after which the connection is dead
OVERDUE: Final = 3.0  # seconds for a notification that another replica has had
MOST_HEARD: Final = 20_000  # transactions and slots that are remembered
AT_ONCE: Final = 8  # transactions that are read together
SETTLE_TRIES: Final = 10
SETTLE_SECONDS: Final = 0.3  # between two of them: a node writes a transaction down a bit later
START_SECONDS: Final = 5.0
EVERYTHING_SECONDS: Final = 60.0

Source = Literal["none", "subscription", "polling"]

log = logging.getLogger(__name__)


class GapError(Exception):
    """Something was not told."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How new the model is: complete up to `slot`, heard of `age` seconds ago."""

    slot: int
    age: float
    source: Source


class Follower:
    """Follows the programs until `stop`; `poll_seconds` apart where there is no subscription."""

    def __init__(
        self, model: Model, rpc: Rpc, ws_url: str, *, clock: Clock, poll_seconds: float
    ) -> None:
        self.model = model
        self._rpc = rpc
        self._ws_url = ws_url
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._task: asyncio.Task[None] | None = None
        self._slot = 0
        self._newest = 0  # that was heard of and believed
        self._seen = 0.0
        self._source: Source = "none"
        self._moved = asyncio.Event()
        self._heard: OrderedDict[object, None] = OrderedDict()
        self._due: OrderedDict[object, tuple[float, int]] = OrderedDict()  # when, of which slot
        self._unsettled: dict[object, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._read_all = 0.0
        self._slot_read = 0
        self._genesis = ""
        self._begun = asyncio.Event()
        self.gaps = 0
        """How often something was found to be missing."""

    async def start(self) -> None:
        """Begins to follow, and waits a moment until everything is read or cannot be."""
        self._task = asyncio.create_task(self._follow())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._begun.wait()

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def freshness(self) -> Freshness:
        """How new the model is now; by a clock that was put back, since then."""
        now = self._clock()
        self._seen = min(self._seen, now)
        return Freshness(self._slot, now - self._seen, self._source)

    async def reach(self, slot: int, patience: float) -> bool:
        """Whether the model knows of `slot`, after waiting so many seconds for it at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._slot < slot:
                    await self._moved.wait()
        return self._slot >= slot

    def expect(self, signature: object, slot: int) -> None:
        """To be called for a transaction of our programs that is known from elsewhere."""
        if signature not in self._heard and slot > self._slot_read:
            self._due[signature] = self._clock() + OVERDUE, slot

    async def _follow(self) -> None:
        trouble = ""
        while True:
            try:
                await self._subscribed()
            except GapError as gap:
                self.gaps += 1
                log.warning("the read model missed something: %s", gap)
                continue
            except Exception as error:  # noqa: BLE001 whatever it is, following goes on
                if trouble != type(error).__name__:
                    log.warning("the read model has no subscription, and polls: %s", error)
                trouble = type(error).__name__
                self._begun.set()
            try:
                await self._read_everything()
                self._source = "polling"
            except Exception as error:  # noqa: BLE001
                log.info("the read model cannot be read: %s", error)
            await asyncio.sleep(self._poll_seconds)

    async def _subscribed(self) -> None:
        async with subscribe(self._ws_url, self.model.programs) as told:
            self._heard.clear()
            self._due.clear()
            await self._read_everything()
            self._source = "subscription"
            self._begun.set()
            try:
                await self._listen(told)
            finally:
                self._unsettled.clear()
                for task in self._tasks:
                    task.cancel()

    async def _listen(self, told: Notifications) -> None:
        notes = aiter(told)
        while True:
            try:
                async with asyncio.timeout(SILENCE):
                    note = await self._next(notes)
                    while not isinstance(note, Entered):
                        self._take(note)
                        note = await self._next(notes)
            except TimeoutError:
                raise GapError(f"no slot for {SILENCE:g} seconds") from None
            self._check_due()
            if not 0 <= self._clock() - self._read_all <= EVERYTHING_SECONDS:
                await self._read_everything()
            await self._read_doubted()
            self._enter(note)

    async def _next(self, notes: AsyncIterator[Notification]) -> Notification:
        """What is told next. A slot far ahead counts only if the node names such a one when asked:
        nothing that is true would ever be newer."""
        note = await anext(notes)
        slot = note.account.slot if isinstance(note, Changed) else note.slot
        if slot - self._newest > MOST_AHEAD:
            ahead = slot - await self._rpc.slot(commitment="processed")
            if ahead > MOST_AHEAD:
                raise RpcUnavailable(f"the subscription is {ahead} slots ahead of the chain")
        self._newest = max(slot, self._newest)
        return note

    def _take(self, note: Notification) -> None:
        match note:
            case Changed(account=account):
                self.model.put(account)
            case Logged(signature=signature):
                if signature not in self._heard and not note.failed:
                    self._begin_to_settle(note)
                self._remember(signature)
                self._due.pop(signature, None)

    def _enter(self, note: Entered) -> None:
        started = any(isinstance(each, int) for each in self._heard)
        if started and note.parent not in self._heard:
            raise GapError(f"slot {note.parent} was not told")
        self._remember(note.slot)
        unsettled = (*self._unsettled.values(), *self.model.doubted.values())
        settled = min(unsettled, default=note.slot) - 1
        self._advance(min(note.slot - CONFIRMED_BEHIND, settled))

    def _begin_to_settle(self, note: Logged) -> None:
        self._unsettled[note.signature] = note.slot
        task = asyncio.create_task(self._settle(note))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(self, note: Logged) -> None:
        """Takes in what a transaction has ended. Where that cannot be read, everything is."""
        past = Past(note.signature, note.slot, None, failed=False)
        for _ in range(SETTLE_TRIES):
            try:
                async with self._few:
                    found = await History(self._rpc).transaction(past)
            except ContingError:
                await asyncio.sleep(SETTLE_SECONDS)
                continue
            for address in found.ended:
                self.model.end(address, note.slot)
            self._unsettled.pop(note.signature, None)
            return
        self._read_all = 0.0
        self._unsettled.pop(note.signature, None)

    def _check_due(self) -> None:
        for signature, (due, _) in self._due.items():
            if self._clock() > due:
                raise GapError(f"the transaction {signature} was not told")
            break  # the first one is the oldest

    def _remember(self, heard: object) -> None:
        self._heard[heard] = None
        if len(self._heard) > MOST_HEARD:
            self._heard.popitem(last=False)

    async def _read_everything(self) -> None:
        """Each program at its own slot: the model is complete up to the earliest of them."""
        await self._check_chain()
        found: list[AccountInfo] = []
        before = await self._rpc.slot()
        for program in self.model.programs:
            accounts = await self._rpc.program_accounts(program)
            found += (each for each in accounts if each.owner == program)
        self.model.replace(found, before)
        self._slot_read = before
        self._read_all = self._clock()
        self._newest = before
        known = [each for each, (_, slot) in self._due.items() if slot <= before]
        for signature in known:
            del self._due[signature]
        self._advance(before)

    async def _read_doubted(self) -> None:
        """What may have been made anew in the slot that closed it. Left for the next slot if that
        cannot be read."""
        if not (doubted := dict(self.model.doubted)):
            return
        try:
            found = await self._rpc.accounts(list(doubted), min_slot=max(doubted.values()))
        except RpcUnavailable:
            return
        self.model.settle(doubted, found)

    async def _check_chain(self) -> None:
        """A node for development forgets its chain when it ends: what is known is then of none."""
        genesis = await History(self._rpc).genesis()
        if genesis != self._genesis:
            self.model.clear()
            self._slot = 0
        self._genesis = genesis

    def _advance(self, slot: int) -> None:
        if slot <= self._slot:
            return  # a node that stands still, or is behind another one, says nothing new
        self._slot, self._seen = slot, self._clock()
        self._moved.set()
        self._moved = asyncio.Event()
