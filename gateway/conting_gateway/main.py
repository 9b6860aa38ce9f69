"""Runs one gateway process: settings, keys, a Redis if none is set, uvicorn."""

import asyncio
import contextlib
import gc
import json
import logging
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread

import uvicorn
import uvloop
from conting_client import Rpc
from fastapi import FastAPI
from pydantic import ValidationError

from conting_gateway.app import World, create_app
from conting_gateway.bounded import Bounded
from conting_gateway.careful import CarefulRpc
from conting_gateway.config import Settings, not_heeded
from conting_gateway.fastlane import fast_lane
from conting_gateway.keys import KeyFileError, Keys, load_keys
from conting_gateway.logs import configure_logs
from conting_gateway.redis import EmbeddedRedis, NoRedisError, connect
from conting_gateway.services import Services
from conting_gateway.waitroom.hot import HotAnswers

BACKLOG = 4096
COLLECT_AFTER = (5_000, 500, 100)  # allocations, and rounds of the younger generation
DRAIN_SECONDS = 20
WS_PING_SECONDS = 3  # a phone out of reach is noticed within twice that
WS_MOST_BYTES = 4096
RPC_TIMEOUT = 5.0  # seconds for one answer

log = logging.getLogger(__name__)


def main() -> int:
    """Runs until SIGTERM or SIGINT; 0 then, 1 if it cannot start."""
    configure_logs()
    try:
        settings = Settings()
        if strangers := not_heeded(os.environ):
            log.warning("no setting of the gateway, and not heeded: %s", ", ".join(strangers))
        with redis_url(settings) as url:
            uvloop.run(serve(settings, url))
    except ValidationError as error:
        return _cannot_start(_setting_problems(error))
    except (KeyFileError, NoRedisError, OSError) as error:
        return _cannot_start(str(error))
    return 0


def settle_memory() -> None:
    """Keeps the collector from what lives as long as the process: it would stop everybody."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def work_in_rows() -> None:
    """Asks Linux not to interrupt what runs for each request that comes in (SCHED_BATCH).

    Where gateways share cores with each other and with Redis, waking one for every few requests
    costs more than the requests; see bench/load/README.md.
    """
    if sys.platform == "linux":
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


class Server(uvicorn.Server):
    """Ends without raising the signal again: what was started before it is then stopped too."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the server; a second SIGINT does not wait for requests."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams first: they would keep their connections open until the last moment."""
        self._end_streams()
        await super().shutdown(sockets)


async def serve(settings: Settings, redis_url: str) -> None:
    """Serves until told to stop; prints one line of JSON with the address once it listens."""
    keys = load_keys(settings, time.time, secrets.token_bytes)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, read_again, keys, settings)
    redis = connect(redis_url)
    async with careful_rpc(settings) as rpc:
        world = World(redis, rpc, keys, time.time, secrets.token_bytes)
        with listen(settings.host, settings.port, share=settings.share_port) as listener:
            settle_memory()
            work_in_rows()
            await serve_on(listener, make_server(settings, create_app(settings, world)))
        await redis.aclose()


def read_again(keys: Keys, settings: Settings) -> None:
    """Reads the keys beside what is served: a keychain may wait for somebody who unlocks it."""
    Thread(target=keys.reload, args=(settings,), daemon=True).start()


def careful_rpc(settings: Settings) -> CarefulRpc:
    """The node of the settings, and the one that has to agree with it."""
    other = settings.second_rpc_url
    second = Rpc(other, timeout=RPC_TIMEOUT) if other else None
    return CarefulRpc(settings.rpc_url, timeout=RPC_TIMEOUT, lag=settings.slot_lag, second=second)


def make_server(settings: Settings, app: FastAPI) -> Server:
    """uvicorn with our fast lane, unless the settings turn that off."""
    hot: HotAnswers = app.state.hot
    services: Services = app.state.services
    config = uvicorn.Config(
        app,
        http=fast_lane(hot) if settings.fast_lane else Bounded,
        log_config=None,
        access_log=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=75,
        ws_ping_interval=WS_PING_SECONDS,
        ws_ping_timeout=WS_PING_SECONDS,
        ws_max_size=WS_MOST_BYTES,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )

    def end_streams() -> None:
        services.waitroom.close_streams()
        services.reading.feed.close()
        services.presence.end()

    return Server(config, end_streams)


async def serve_on(listener: socket.socket, server: uvicorn.Server) -> None:
    """Serves at this socket; prints one line of JSON with the address once it does."""
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not task.done():  # noqa: ASYNC110 uvicorn tells it by a flag
        await asyncio.sleep(0.01)
    if server.started:
        host, port = listener.getsockname()[:2]
        sys.stdout.write(json.dumps({"ready": True, "url": f"http://{host}:{port}"}) + "\n")
        sys.stdout.flush()
    await task


def listen(host: str, port: int, *, share: bool = False) -> socket.socket:
    """A socket that waits for connections; with `share`, other processes may wait beside it.

    Raises OSError, with the address, where that is not to be had.
    """
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if share:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listener


@contextlib.contextmanager
def redis_url(settings: Settings) -> Iterator[str]:
    """Of the Redis that the settings name; else of one that runs as long as the block lasts."""
    if settings.redis_url is not None:
        yield settings.redis_url.get_secret_value()
        return
    with EmbeddedRedis(settings.data_dir / "redis") as embedded:
        log.warning("no CONTING_REDIS_URL is set: this run keeps its own Redis")
        yield embedded.url


def _setting_problems(error: ValidationError) -> str:
    problems = (f"{_setting(each['loc'])}{each['msg']}" for each in error.errors())
    return "the settings cannot be used: " + "; ".join(problems)


def _setting(location: tuple[int | str, ...]) -> str:
    name = str(location[0]).upper().removeprefix("CONTING_") if location else ""
    return f"CONTING_{name}: " if name else ""


def _cannot_start(problem: str) -> int:
    log.error(problem)
    return 1
