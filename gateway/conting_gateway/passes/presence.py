"""The presence channel: while a phone holds it, its challenges live; when it drops, they end.

Without it a challenge that was copied off a screen lives its ten seconds; with it, only as long as
the phone that shows it is there.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from conting_client import Challenge, TransportError
from conting_client.answers import RENEWAL
from solders.pubkey import Pubkey

from conting_gateway.auth.service import Auth
from conting_gateway.clock import Clock, Entropy
from conting_gateway.errors import ChainUnavailableError, StoreUnavailableError
from conting_gateway.limits.slots import Slots
from conting_gateway.passes.service import Passes
from conting_gateway.passes.store import Holder, PresenceStore
from conting_gateway.redis import RedisError

OF_ONE_WALLET = 20  # channels: tickets that are shown at the same time, and connections that hang

log = logging.getLogger(__name__)

Told = Challenge | ChainUnavailableError | StoreUnavailableError
"""A challenge; or why there is none just now, while the channel stays open."""


@dataclass(frozen=True, slots=True)
class Means:
    """What channels work with."""

    store: PresenceStore
    passes: Passes
    auth: Auth
    clock: Clock


class Presence:
    """The channels that this process holds, `most` at a time."""

    def __init__(self, means: Means, entropy: Entropy, most: int) -> None:
        self._means = means
        self._entropy = entropy
        self._slots = Slots(most, OF_ONE_WALLET)
        self.is_ending = False
        """Whether this gateway ends: its phones come back at once, and have not let go."""

    @property
    def held(self) -> int:
        """How many channels are open."""
        return self._slots.open

    @contextlib.contextmanager
    def channel(self, token: str, ticket: Pubkey, session: int) -> Iterator["Channel"]:
        """A channel for the ticket of who signed in with the token.

        Raises NotSignedInError, SessionExpiredError, StreamsFullError.
        """
        wallet = self._means.auth.read_wallet(token)
        with self._slots.take(wallet):
            yield Channel(self._means, token, ticket, session, self._entropy(16).hex())

    def end(self) -> None:
        """To be told before the gateway closes the channels."""
        self.is_ending = True

    async def is_withdrawn(self, challenge: Challenge) -> bool:
        """Whether the phone has let go since the challenge was issued."""
        return await _is_withdrawn(self._means.store, challenge)


class Channel:
    """One phone's channel."""

    def __init__(self, means: Means, token: str, ticket: Pubkey, session: int, name: str) -> None:
        self._means = means
        self._token = token
        self._ticket = ticket
        self._session = session
        self._name = name
        self._holder: Holder | None = None
        self._begun: Holder | None = None

    async def challenges(self) -> AsyncIterator[Told]:
        """A challenge at once and every five seconds, each after a look at session and chain.

        Raises what `Passes.challenge` raises, NotSignedInError, SessionExpiredError: the end.
        """
        while True:
            try:
                yield await self._challenge()
            except TransportError:
                yield ChainUnavailableError()
            except RedisError:
                yield StoreUnavailableError()
            await asyncio.sleep(RENEWAL)

    async def drop(self) -> None:
        """The phone has gone: what it may still show is withdrawn."""
        if self._holder is None:
            return
        try:
            now = int(self._means.clock())
            await self._means.store.leave(self._holder, self._name, now)
        except RedisError as error:
            log.warning("challenges live on for their ten seconds: %s", error)

    async def _challenge(self) -> Challenge:
        made = await self._issue()
        self._holder = holder = _holder(made)
        begins = self._begun != holder
        await self._means.store.stay(holder, self._name, begins=begins)
        self._begun = holder
        # In this order: from now on nobody else's leaving withdraws what is issued.
        if begins and await _is_withdrawn(self._means.store, made):
            await asyncio.sleep(1)  # let go in this very second: seconds tell old from new
            made = await self._issue()
        return made

    async def _issue(self) -> Challenge:
        caller = self._means.auth.read(self._token).wallet
        return await self._means.passes.challenge(caller, self._ticket, self._session)


async def _is_withdrawn(store: PresenceStore, challenge: Challenge) -> bool:
    left = await store.left_at(_holder(challenge))
    return left is not None and challenge.issued <= left


def _holder(challenge: Challenge) -> Holder:
    return Holder(challenge.event, challenge.ticket, challenge.device_key_hash)
