"""The node on the network: HTTP on a port and, by custom, websockets one port above.

Everything runs on one event loop, which is the thread that owns the chain.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import TracebackType

import uvicorn

from conting_localnet.app import Application
from conting_localnet.genesis import GenesisProgram
from conting_localnet.node import Node

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8899
DEFAULT_SLOT_MS = 400
_PORT_ATTEMPTS = 100
_BACKLOG = 2048
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a node listens."""

    host: str
    port: int

    @property
    def rpc_url(self) -> str:
        """Return the URL for JSON-RPC over HTTP."""
        return f"http://{self.host}:{self.port}"

    @property
    def ws_url(self) -> str:
        """Return the URL for websockets."""
        return f"ws://{self.host}:{self.port + 1}"


class Localnet:
    """A node on the running event loop; an async context manager that yields its Endpoints."""

    def __init__(
        self,
        *,
        host: str = DEFAULT_HOST,
        port: int = DEFAULT_PORT,
        slot_ms: int = DEFAULT_SLOT_MS,
        programs: Sequence[GenesisProgram] = (),
    ) -> None:
        self._host = host
        self._port = port
        self._slot_seconds = slot_ms / 1_000
        self._programs = programs
        self._tasks: list[asyncio.Task[None]] = []
        self._server: _Server | None = None

    async def __aenter__(self) -> Endpoints:
        """Start; raises GenesisError for a bad program and OSError for a taken port."""
        node = Node(_clock(), slot_seconds=self._slot_seconds, programs=self._programs)
        sockets = _bind_pair(self._host, self._port)
        self._server = _Server(_configuration(Application(node)))
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets)),
            asyncio.create_task(_keep_time(node)),
        ]
        try:
            await self._server.ready.wait()
        except asyncio.CancelledError:
            await self._stop()
            raise
        return Endpoints(self._host, sockets[0].getsockname()[1])

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening, end the connections and drop the chain."""
        await self._stop()

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.should_exit = True
        served, kept_time = self._tasks
        kept_time.cancel()
        await asyncio.gather(served, kept_time, return_exceptions=True)

    async def run_until(self, stop: asyncio.Event) -> None:
        """Wait for `stop`; raises what ended the node if it ends before."""
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({stopped, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
        for task in self._tasks:
            if task.done():
                task.result()


async def serve(
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    slot_ms: int = DEFAULT_SLOT_MS,
    programs: Sequence[GenesisProgram] = (),
    ready: Callable[[Endpoints], None] | None = None,
) -> None:
    """Run a node until cancelled or SIGINT or SIGTERM.

    `port` 0 takes any two free neighbours; `slot_ms` is the length of a slot in milliseconds.
    `ready` is called once both ports answer. Raises GenesisError and OSError as Localnet does.
    """
    localnet = Localnet(host=host, port=port, slot_ms=slot_ms, programs=programs)
    with _stop_event() as stop:
        async with localnet as endpoints:
            if ready is not None:
                ready(endpoints)
            await localnet.run_until(stop)


class _Server(uvicorn.Server):
    """uvicorn, with a word when it listens and without its own signal handling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(application: Application) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=1,
    )


def _clock() -> Callable[[], float]:
    """Return the unix time in seconds, by a clock that nobody sets back."""
    started = time.time() - time.monotonic()
    return lambda: started + time.monotonic()


async def _keep_time(node: Node) -> None:
    while True:
        node.tick()
        await asyncio.sleep(max(0.001, node.timeline.until(node.slot + 1)))


def _bind_pair(host: str, port: int) -> list[socket.socket]:
    """Listen on `port` and the next; port 0 looks for a free pair. Raises OSError."""
    for _ in range(_PORT_ATTEMPTS if port == 0 else 1):
        first = _listen(host, port)
        try:
            return [first, _listen(host, first.getsockname()[1] + 1)]
        except (OSError, OverflowError) as error:
            first.close()
            failure = error
    raise OSError(f"two neighbouring ports are needed: {failure}") from failure


def _listen(host: str, port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without, answers wait for 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except BaseException as error:
        listener.close()
        if isinstance(error, OSError):
            raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        raise
    return listener


@contextlib.contextmanager
def _stop_event() -> Iterator[asyncio.Event]:
    """Yield an event that SIGINT and SIGTERM set, where the loop can handle signals."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    handled = []
    for number in _STOP_SIGNALS:
        # not on Windows, and not outside the main thread
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
            handled.append(number)
    try:
        yield stop
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
