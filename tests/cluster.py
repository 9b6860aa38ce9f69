"""A Redis Cluster of six processes on loopback: three that serve, three that stand by."""

import contextlib
import itertools
import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from conting_gateway.redis import CLUSTER, EmbeddedRedis, resolve_server
from conting_gateway.redis import Redis as Client
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ReadOnlyError, RedisError
from redis.retry import Retry

SLOTS = 16_384
PATIENCE = 900.0  # seconds: the machine may stand still for minutes
NODE_TIMEOUT = 1_000  # milliseconds after which a silent node is replaced
PAIRS = 3
BETWEEN_FAILOVERS = 2.0  # seconds
BLOCK = 4 * PAIRS + 1  # ports of one cluster: two of each node, and one that says whose they are
PORTS = range(10_000, 32_000, BLOCK)  # below those that connections are given
GUARD = (
    '"$@" >/dev/null & server=$!; echo "$server"; cat >/dev/null; kill -9 "$server"; wait "$server"'
)
"""Runs a node until standard input ends, as it does when pytest is gone, however that ended."""


class Server(Protocol):
    """What tests start: one Redis, or a cluster of them. `start` brings back what `kill` ended."""

    url: str

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


StartRedis = Callable[[Path], contextlib.AbstractContextManager[Server]]


@dataclass
class Node:
    """One process, its port and the one that nodes talk to each other at.

    A small shell beside it, its parent, ends it when nobody else is left to do so.
    """

    port: int
    bus: int
    config: Path
    client: "Redis"
    guard: subprocess.Popen[bytes] | None = None
    pid: int = 0

    @property
    def is_alive(self) -> bool:
        return self.guard is not None

    def ask(self, *command: str | int) -> Any:
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        self.guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, "guard", resolve_server(), str(self.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for pytest, which then ends us in its own time
        )
        assert self.guard.stdout is not None
        self.pid = int(self.guard.stdout.readline())
        until("the node answers", self._answers)

    def kill(self) -> None:
        """SIGKILL."""
        if self.guard is not None:
            self.signal(signal.SIGKILL)
            self.guard.communicate()
            self.guard = None

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def close(self) -> None:
        self.kill()
        self.client.close()

    @property
    def is_master(self) -> bool:
        return bool(self.ask("ROLE")[0] == "master")

    @property
    def is_well(self) -> bool:
        role = self.ask("ROLE")
        linked = role[0] == "master" or "connected" in role
        return "cluster_state:ok" in self.ask("CLUSTER", "INFO") and linked

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except RedisError:
            return False


@dataclass
class Cluster:
    """A context manager; `folder` keeps the nodes' files. Node i and node i + 3 are a pair."""

    folder: Path
    nodes: list[Node] = field(default_factory=list)
    url: str = ""
    _kept: socket.socket = field(init=False)
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self._kept = _reserve()
        first = self._kept.getsockname()[1] + 1
        self.nodes = [self._make(number, first + 2 * number) for number in range(2 * PAIRS)]
        self.url = CLUSTER + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        for node in self.nodes:
            node.start()
        masters, replicas = self.nodes[:PAIRS], self.nodes[PAIRS:]
        for number, node in enumerate(masters):
            first, last = SLOTS * number // PAIRS, SLOTS * (number + 1) // PAIRS - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not masters[0]:
                node.ask("CLUSTER", "MEET", "127.0.0.1", masters[0].port, masters[0].bus)
        until("all know all", lambda: all(len(_known(node)) == 2 * PAIRS for node in self.nodes))
        for master, replica in zip(masters, replicas, strict=True):
            replica.ask("CLUSTER", "REPLICATE", master.ask("CLUSTER", "MYID"))
        self._wait_until_well()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for node in self.nodes:
            node.close()
        self._kept.close()

    def start(self) -> None:
        """All nodes that were killed, once more."""
        with self._changing:
            for node in self.nodes:
                if not node.is_alive:
                    node.start()
            self._wait_until_well()

    def kill(self) -> None:
        """SIGKILL to all of them: as when the power fails."""
        with self._changing:
            for node in self.nodes:
                node.kill()

    def number_of(self, key: str) -> int:
        """The pair that serves a key."""
        alive = next(node for node in self.nodes if node.is_alive)
        return PAIRS * int(alive.ask("CLUSTER", "KEYSLOT", key)) // SLOTS

    def kill_master_of(self, key: str, *, unsent: Callable[[], bool] | None = None) -> Node:
        """SIGKILL to who serves a key; it is not started again.

        What it writes until there is `unsent`, its replica has not got.
        """
        master, replica = self._pair(self.number_of(key))
        if unsent is not None:
            replica.signal(signal.SIGSTOP)  # so that it does not come back when the link is cut
            master.ask("CLIENT", "KILL", "TYPE", "replica")
            until("something is written", unsent)
        master.kill()
        replica.signal(signal.SIGCONT)
        return master

    def fail_over(self, number: int) -> None:
        """The replica of a pair takes over, in agreement with its master: nothing is lost."""
        _, replica = self._pair(number)
        with contextlib.suppress(RedisError):  # it is still at the last one
            replica.ask("CLUSTER", "FAILOVER")
        until("a new master", lambda: replica.is_master)
        self._wait_until_well()

    @contextlib.contextmanager
    def restless(self, pause: float) -> Iterator[Self]:
        """Master and replica change places, one pair after the other, `pause` seconds apart."""
        ended = threading.Event()

        def work() -> None:
            for number in itertools.cycle(range(PAIRS)):
                if ended.wait(pause):
                    return
                with self._changing:
                    if all(node.is_alive for node in self.nodes):
                        self.fail_over(number)

        thread = threading.Thread(target=work, name="failovers")
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()

    def _pair(self, number: int) -> tuple[Node, Node]:
        pair = self.nodes[number], self.nodes[number + PAIRS]
        first, second = pair
        return pair if first.is_alive and first.is_master else (second, first)

    def _wait_until_well(self) -> None:
        until("the cluster is well", lambda: all(node.is_well for node in self.nodes))

    def _make(self, number: int, port: int) -> Node:
        folder = self.folder / f"node{number}"
        folder.mkdir(parents=True)
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "cluster-enabled": "yes",
            "cluster-port": port + 1,
            "cluster-node-timeout": NODE_TIMEOUT,
            "cluster-require-full-coverage": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "dir": str(folder),
            "repl-diskless-sync-delay": 0,
        }
        config = folder / "redis.conf"
        config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        client = Redis(
            port=port,
            socket_timeout=PATIENCE,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        )
        return Node(port, port + 1, config, client)


@contextlib.contextmanager
def prompt_redis(folder: Path) -> Iterator[EmbeddedRedis]:
    """One that has written whatever it has answered, so that a kill (-9) takes nothing with it.

    Everysec, our usual setting, answers while it syncs and writes that down afterwards.
    """
    with EmbeddedRedis(folder) as redis:
        config = folder / "redis.conf"
        config.write_text(config.read_text().replace("appendfsync everysec", "appendfsync no"))
        redis.kill()
        redis.start()
        yield redis


@contextlib.contextmanager
def restless_cluster(folder: Path) -> Iterator[Server]:
    """A cluster that is never at rest."""
    with Cluster(folder) as cluster, cluster.restless(BETWEEN_FAILOVERS):
        yield cluster


STARTS: dict[str, StartRedis] = {
    "single": EmbeddedRedis,
    "cluster": Cluster,
    "failover": restless_cluster,
}
"""By the words of `pytest --redis`."""


def until(what: str, found: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, f"it does not happen that {what}"
        time.sleep(0.05)


async def empty(redis: Client) -> None:
    """Everything away, at all who serve, whoever that is just now."""
    while True:
        try:
            await redis.flushall()
        except ReadOnlyError:  # it serves no longer
            await redis.aclose()  # and the client looks anew when it is used again
        else:
            return


def _known(node: Node) -> list[str]:
    return str(node.ask("CLUSTER", "NODES")).strip().splitlines()


def _reserve() -> socket.socket:
    """The first of a block of free ports, taken: so no other cluster takes the others.

    Where two nodes were given the same port, the second would not start, and the first be taken for
    it.
    """
    while True:
        first = random.choice(PORTS)
        kept = socket.socket()
        try:
            kept.bind(("127.0.0.1", first))
            for port in range(first + 1, first + BLOCK):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            kept.close()
        else:
            return kept
