"""A Redis Cluster of six processes on loopback: three that serve, three that stand by."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from conting_gateway.redis import CLUSTER, resolve_server
from redis import Redis
from redis.exceptions import RedisError

SLOTS = 16_384
PATIENCE = 30.0  # seconds
NODE_TIMEOUT = 1_000  # milliseconds after which a silent node is replaced


@dataclass
class Node:
    """One process."""

    port: int
    bus: int
    process: subprocess.Popen[bytes]
    client: "Redis"

    def ask(self, *command: str | int) -> Any:
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]


@dataclass
class Cluster:
    """A context manager; `folder` keeps the nodes' files."""

    folder: Path
    nodes: list[Node] = field(default_factory=list)

    @property
    def url(self) -> str:
        alive = next(node for node in self.nodes if node.process.poll() is None)
        return f"{CLUSTER}127.0.0.1:{alive.port}"

    def __enter__(self) -> Self:
        self.nodes = [self._start(number) for number in range(6)]
        masters, replicas = self.nodes[:3], self.nodes[3:]
        for number, node in enumerate(masters):
            first, last = SLOTS * number // 3, SLOTS * (number + 1) // 3 - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)
        for number, node in enumerate(self.nodes):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            if node is not masters[0]:
                node.ask("CLUSTER", "MEET", "127.0.0.1", masters[0].port, masters[0].bus)
        self._wait(lambda: all(len(_known(node)) == 6 for node in self.nodes))
        for master, replica in zip(masters, replicas, strict=True):
            replica.ask("CLUSTER", "REPLICATE", master.ask("CLUSTER", "MYID"))
        self._wait(lambda: all(self._is_well(node) for node in self.nodes))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for node in self.nodes:
            node.client.close()
            node.process.kill()
            node.process.wait()

    def kill_master_of(self, key: str) -> Node:
        """SIGKILL to who serves a key; it is not started again."""
        slot = int(self.nodes[0].ask("CLUSTER", "KEYSLOT", key))
        node = self.nodes[3 * slot // SLOTS]
        os.kill(node.process.pid, signal.SIGKILL)
        node.process.wait()
        return node

    def _start(self, number: int) -> Node:
        folder = self.folder / f"node{number}"
        folder.mkdir(parents=True)
        port, bus = _free_ports()
        settings = {
            "bind": "127.0.0.1",
            "port": port,
            "cluster-enabled": "yes",
            "cluster-port": bus,
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
        process = subprocess.Popen(
            [resolve_server(), str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        node = Node(port, bus, process, Redis(port=port, decode_responses=True))
        self._wait(lambda: _answers(node))
        return node

    @staticmethod
    def _is_well(node: Node) -> bool:
        role = node.ask("ROLE")
        linked = role[0] == "master" or "connected" in role
        return "cluster_state:ok" in node.ask("CLUSTER", "INFO") and linked

    @staticmethod
    def _wait(found: Any) -> None:
        end = time.monotonic() + PATIENCE
        while not found():
            assert time.monotonic() < end, "the cluster does not come together"
            time.sleep(0.05)


def _known(node: Node) -> list[str]:
    return str(node.ask("CLUSTER", "NODES")).strip().splitlines()


def _answers(node: Node) -> bool:
    try:
        return bool(node.client.ping())
    except RedisError:
        return False


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
