"""The parts of the read model in one process, started and stopped together."""

from dataclasses import dataclass
from typing import Final

from conting_client import Rpc
from conting_client.notifications import ws_url_of
from solders.pubkey import Pubkey

from conting_gateway.background import Background
from conting_gateway.clock import Clock
from conting_gateway.config import Settings
from conting_gateway.limits.slots import Slots
from conting_gateway.readmodel.feed import Feed, Writer
from conting_gateway.readmodel.follower import Follower
from conting_gateway.readmodel.model import Model
from conting_gateway.readmodel.pulse import Pulse
from conting_gateway.readmodel.service import ReadModel
from conting_gateway.readmodel.store import FeedStore
from conting_gateway.redis import Redis

WRITE_SECONDS: Final = 0.5
FEEL_SECONDS: Final = 2.0
LISTEN_SECONDS: Final = 0.01  # besides the second that it waits in Redis


@dataclass(frozen=True, slots=True)
class Reading:
    """What follows the chain, and what tells of it."""

    follower: Follower
    lists: ReadModel
    feed: Feed
    writer: Writer | None
    pulse: Pulse
    most_lag: int
    """Slots that lists may be behind the RPC."""
    rpc: Rpc

    @classmethod
    def of(
        cls, settings: Settings, redis: Redis, rpc: Rpc, program: Pubkey, *, clock: Clock, name: str
    ) -> "Reading":
        """For one ticket program; `name` tells this process from the other replicas."""
        follower = Follower(
            Model(program),
            rpc,
            settings.ws_url or ws_url_of(rpc.url),
            clock=clock,
            poll_seconds=settings.poll_seconds,
        )
        told = FeedStore(redis, settings.feed_length)
        slots = Slots(settings.feed_streams, settings.feed_streams_per_address)
        writer = Writer(told, rpc, follower.model.programs, name, settings.feed_history)
        return cls(
            follower,
            ReadModel(follower),
            Feed(told, follower, slots, settings.feed_stream_seconds),
            writer if settings.feed_writes else None,
            Pulse(clock, settings.slot_seconds, settings.slot_lag),
            settings.slot_lag,
            rpc,
        )

    async def start(self, background: Background) -> None:
        """Begins to follow, to write and to listen."""
        background.start(FEEL_SECONDS, self.feel)
        await self.follower.start()
        background.start(LISTEN_SECONDS, self.feed.round)
        if self.writer is not None:
            background.start(WRITE_SECONDS, self.writer.round)

    async def feel(self) -> int:
        """The newest slot that the RPC names now, taken in. Raises TransportError."""
        slot = await self.rpc.slot()
        self.pulse.heard(slot)
        return slot

    def keeps_up(self, slot: int) -> bool:
        """Whether lists are near enough to a slot that the RPC knows."""
        fresh = self.follower.freshness()
        return fresh.source != "none" and slot - fresh.slot <= self.most_lag

    async def stop(self) -> None:
        """Ends streams and following; the background's rounds end with it."""
        self.feed.close()
        await self.follower.stop()
