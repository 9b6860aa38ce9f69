"""A Redis that loses its last moment, and gateway processes at the doors that it serves."""

import asyncio
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from conting_gateway.clock import Clock
from conting_gateway.gate.memory import MendingError
from conting_gateway.gate.records import Attempt, Record, Writer
from conting_gateway.gate.store import NOBODY, GateStore
from conting_gateway.redis import EmbeddedRedis, Redis, connect
from solders.pubkey import Pubkey

PATIENCE = 300.0  # seconds
NIGHT = 3600  # seconds

T = TypeVar("T")


class Power:
    """A Redis whose log may lose what was written since a moment, as when the power fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.redis = EmbeddedRedis(folder)
        self.clients: list[Redis] = []
        self._size = 0

    @property
    def _log(self) -> Path:
        (found,) = (self.folder / "appendonlydir").glob("*.incr.aof")
        return found

    def connect(self) -> Redis:
        """A client that whoever made this closes: a test may fail, or be played anew."""
        self.clients.append(connect(self.redis.url))
        return self.clients[-1]

    async def settle(self) -> None:
        """What was written so far stays."""
        client = connect(self.redis.url)
        await client.config_set("appendfsync", "always")
        await client.aclose()
        self._size = self._log.stat().st_size

    def fails(self) -> None:
        """And is back at once, without the rest."""
        self.redis.kill()
        os.truncate(self._log, self._size)
        self.redis.start()


@dataclass
class Evening:
    """One event at the doors, and gateway processes below HTTP."""

    power: Power
    event: Pubkey

    def gateway(self, steady: Clock = time.monotonic) -> GateStore:
        return GateStore(self.power.connect(), steady)

    def attempt(self, ticket: Pubkey, undone: str = "") -> Attempt:
        """To come in with a new pass."""
        nonce = secrets.token_bytes(16)
        return Attempt(self.event, 0, ticket, 1, nonce, nonce.hex(), NIGHT, NIGHT, undone=undone)

    async def let_in(self, by: GateStore, gate: str, ticket: Pubkey) -> Record:
        """The verdict on a new pass, as soon as there is one."""
        attempt = self.attempt(ticket)
        wanted = Record(gate, int(time.time()), "", attempt.nonce)
        _, told = await patiently(lambda: by.spend(attempt, wanted))
        return told

    async def claim(self, by: GateStore, gate: str, group: int, take_from: str = NOBODY) -> str:
        """Who is the writer of a group after a gate wanted to be it."""
        now = int(time.time())
        writer = Writer(gate, "log", now + NIGHT)
        _, found = await patiently(
            lambda: by.claim(self.event, 0, group, writer, now=now, take_from=take_from)
        )
        return found.gate

    async def release(self, by: GateStore, gate: str, group: int) -> bool:
        """Whether nobody is the writer of a group after a gate gave its right back."""
        return await patiently(lambda: by.release(self.event, 0, group, gate, "log"))


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return await ask()
        except MendingError:
            assert time.monotonic() < end
            await asyncio.sleep(0.1)


async def told_again(evening: Evening, *stores: GateStore) -> None:
    """Redis begins anew, and each of these gateways, in this order, tells it what it knows."""
    evening.power.redis.kill()
    evening.power.redis.start()
    for each in stores:
        await each.mend()
