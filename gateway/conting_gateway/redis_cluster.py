"""A client of a Redis Cluster for commands whose keys are in one slot, as all of ours are.

redis-py has one too. When a master changes, it closes connections that other commands are using,
which then end with whatever exception they are at; and where a pool makes commands wait, it refuses
them. Here each node has a pool, and a command that meets a change is asked again of who serves now.
"""

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import (
    AskError,
    ClusterDownError,
    MasterDownError,
    MovedError,
    RedisError,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as BrokenConnectionError,
)
from redis.exceptions import (
    TimeoutError as NoAnswerError,
)

Address = tuple[str, int]

PATIENCE: Final = 2.0  # seconds after which a command that finds nobody who serves it is given up
PAUSE: Final = 0.05  # seconds between two tries
KEYLESS: Final = frozenset({"INFO", "KEYS", "FLUSHALL", "CONFIG", "SCRIPT"})
PASSING: Final = (
    BrokenConnectionError,
    NoAnswerError,
    ClusterDownError,
    MasterDownError,
    TryAgainError,
)
"""What is over as soon as a replica has taken over, or a slot has moved."""


class ClusterRedis(Redis):
    """Like Redis, for whoever uses it. `seeds`: nodes of which one has to answer at the start.

    `make` gives a client of one node, which neither retries nor follows redirections. A command may
    reach Redis twice when its answer is lost, as with any client that tries again.
    """

    def __init__(self, seeds: Sequence[Address], make: Callable[[Address], Redis]) -> None:
        super().__init__()
        self._seeds = seeds
        self._make = make
        self._nodes: dict[Address, Redis] = {}
        self._masters: dict[int, Address] = {}  # by slot
        self._version = 0  # of the above
        self._reading = asyncio.Lock()
        self._next = itertools.count()

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 redis-py's
        """Asks who serves the command's slot; all masters if it names no key."""
        key = _key(args)
        if key is None:
            return await self._ask_all(args, options)
        slot, end = key_slot(key), time.monotonic() + PATIENCE
        while True:
            version = self._version
            try:
                return await self._ask(slot, args, options)
            except MovedError as error:
                self._masters[slot] = (error.host, error.port)
                failure: RedisError = error
            except PASSING as error:
                failure = error
                await self._read_masters(version)
            if time.monotonic() > end:
                raise RedisError(f"nobody serves it: {failure}") from failure
            await asyncio.sleep(0 if isinstance(failure, MovedError) else PAUSE)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001 redis-py's
        """Ends all connections; it makes new ones when it is used again."""
        nodes, self._nodes = self._nodes, {}
        self._masters, self._version = {}, self._version + 1
        await asyncio.gather(*(node.aclose() for node in nodes.values()))
        await super().aclose(close_connection_pool)

    async def _ask(self, slot: int, args: Sequence[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401
        if slot not in self._masters:
            await self._read_masters(self._version)
        master = self._masters.get(slot)
        if master is None:
            raise ClusterDownError("CLUSTERDOWN the slot has no master")
        try:
            return await _command(self._node(master), *args, **options)
        except MovedError:  # which redis-py derives from AskError
            raise
        except AskError as error:  # the slot is on its way to another master
            async with self._node((error.host, error.port)).client() as there:
                await _command(there, "ASKING")
                return await _command(there, *args, **options)

    async def _ask_all(self, args: Sequence[Any], options: dict[str, Any]) -> Any:  # noqa: ANN401
        """The first answer, or all parts of a list; a failure when all have ended."""
        await self._read_masters(self._version)
        masters = dict.fromkeys(self._masters.values())
        answers: list[Any] = await asyncio.gather(
            *(_command(self._node(each), *args, **options) for each in masters),
            return_exceptions=True,
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        parted = isinstance(answers[0], list)
        return list(itertools.chain.from_iterable(answers)) if parted else answers[0]

    async def _read_masters(self, version: int) -> None:
        """Who serves what, from any node that answers, unless somebody has read it meanwhile."""
        async with self._reading:
            if self._version != version:
                return
            known = list(dict.fromkeys([*self._masters.values(), *self._seeds]))
            first = next(self._next) % len(known)  # another one each time: one may be cut off
            failure: RedisError = ClusterDownError("CLUSTERDOWN no node is known")
            for address in known[first:] + known[:first]:
                try:
                    found = await _command(self._node(address), "CLUSTER SLOTS")
                except RedisError as error:
                    failure = error
                else:
                    self._masters = _masters(found, address[0])
                    self._version += 1
                    return
            raise failure

    def _node(self, address: Address) -> Redis:
        if address not in self._nodes:
            self._nodes[address] = self._make(address)
        return self._nodes[address]


async def _command(node: Redis, *args: Any, **options: Any) -> Any:  # noqa: ANN401 redis-py's
    return await node.execute_command(*args, **options)  # type: ignore[no-untyped-call]


def _masters(found: Sequence[Any], asked: str) -> dict[int, Address]:
    """An empty host is the one that was asked."""
    masters = {}
    for first, last, (host, port, *_), *_ in found:
        for slot in range(int(first), int(last) + 1):
            masters[slot] = (str(host) or asked, int(port))
    return masters


def _key(args: Sequence[Any]) -> bytes | None:
    name = _bytes(args[0]).decode().upper()
    if len(args) == 1 or name.partition(" ")[0] in KEYLESS:
        return None
    match name:
        case "EVAL" | "EVALSHA":
            return _bytes(args[3])
        case "XREAD":
            return _bytes(args[list(map(_bytes, args)).index(b"STREAMS") + 1])
    return _bytes(args[1])


def _bytes(word: Any) -> bytes:  # noqa: ANN401 text, bytes or a number
    return word if isinstance(word, bytes) else str(word).encode()
