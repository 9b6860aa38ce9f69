"""One gateway behind two real uvicorn servers, with the fast lane and without it."""

import asyncio
import contextlib
import functools
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from conting_client import Wallet
from conting_gateway.config import Settings
from conting_gateway.main import Server, make_server
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import WaitroomStore
from solders.pubkey import Pubkey

from tests.gateway.support import Gateway

PAUSE = 0.003  # seconds between two parts of a stream, so that they are read one by one


def hearing(base: type[Any]) -> type[Any]:
    """A server's protocol that counts what it has read and keeps what it has written.

    The client's end would not do: a server that closes with bytes unread resets the connection, and
    of what it wrote before, more or less arrives.
    """

    class Hearing(base):  # type: ignore[misc]
        heard = 0
        written = b""
        patience = 100_000.0  # seconds: nothing here is to depend on how fast this machine is
        is_repeating = False  # what waited behind a join: read before

        def connection_made(self, transport: Any) -> None:
            write = transport.write

            def count(data: bytes) -> None:
                self.written += b"" if transport.is_closing() else data  # it drops the rest
                write(data)

            transport.write = count
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            self.heard += 0 if self.is_repeating else len(data)
            super().data_received(data)

        def _joined(self, parts: Any) -> None:
            self.is_repeating = True
            super()._joined(parts)
            self.is_repeating = False

        @property
        def has_ended(self) -> bool:
            """Whether it closes its connection, or has handed it to the websockets."""
            transport = self.transport
            return transport.is_closing() or transport.get_protocol() is not self

        @property
        def rests(self) -> bool:
            """Whether nothing more comes from it before it hears more."""
            cycle = self.cycle
            at_work = cycle is not None and not cycle.response_complete
            waits_for_body = (
                at_work
                and cycle.more_body
                and not cycle.response_started
                and bool(cycle.message_event._waiters)
            )
            return not getattr(self, "_joining", False) and (not at_work or waits_for_body)

    return Hearing


async def until(happened: Callable[[], bool], *, patience: float = 60.0) -> bool:
    """Whether it happened; a test that gives up has found a server that hangs."""
    end = time.monotonic() + patience
    while not happened():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.001)
    return True


@dataclass
class Lane:
    """A server at a port of its own."""

    server: Server
    port: int

    async def ask(self, parts: Sequence[bytes], *, in_turn: bool) -> tuple[bytes, bool]:
        """As `exchange`, without a clock: each part is sent when the one before has been read.

        The answer is complete when the server waits for more, or has closed the connection. With
        `in_turn` also the next part waits until then.
        """
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", self.port)
        own, sent = transport.get_extra_info("sockname"), 0
        connections = self.server.server_state.connections

        def served() -> list[Any]:
            return [each for each in connections if getattr(each, "client", None) == own]

        assert await until(lambda: bool(served()))
        (protocol,) = served()
        for part in parts:
            if protocol.has_ended:
                break
            sent += len(part)
            transport.write(part)
            heard = functools.partial(lambda size: protocol.heard >= size, sent)
            assert await until(lambda heard=heard: heard() or protocol.has_ended)  # type: ignore[misc]
            if in_turn:
                assert await until(lambda: protocol.rests or protocol.has_ended)
        assert await until(lambda: protocol.rests or protocol.has_ended)
        websocket = protocol.transport.get_protocol() is not protocol
        if websocket:
            assert await until(protocol.transport.is_closing)
        transport.abort()
        return protocol.written, protocol.transport.is_closing()

    async def exchange(self, parts: Sequence[bytes], silence: float) -> tuple[bytes, bool]:
        """What it answers to a stream of bytes, and whether it closes the connection.

        `silence`: seconds without a byte after which the answer is taken to be complete.
        """
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer, closed = b"", False
        with contextlib.suppress(ConnectionError):
            for part in parts:
                writer.write(part)
                await asyncio.sleep(PAUSE)
        try:
            while not closed:
                async with asyncio.timeout(silence):
                    more = await reader.read(65_536)
                answer, closed = answer + more, not more
        except TimeoutError:
            pass
        except ConnectionError:
            closed = True
        writer.close()
        return answer, closed


@contextlib.asynccontextmanager
async def serve(
    gateway: Gateway, *, fast: bool, settings: Settings | None = None
) -> AsyncIterator[Lane]:
    """Serves the gateway's own app; its lifespan is the fixture's business."""
    server = make_server(settings or Settings(fast_lane=fast), gateway.app)
    server.config.lifespan = "off"
    server.config.load()
    server.config.http_protocol_class = hearing(
        cast("type[Any]", server.config.http_protocol_class)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 uvicorn tells it by a flag
            await asyncio.sleep(0.01)
        try:
            yield Lane(server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


async def make_room(gateway: Gateway, redis: Redis, *, is_open: bool = True) -> Pubkey:
    """A room that the gateway knows, below the chain."""
    event, secret = Pubkey.new_unique(), secrets.token_bytes(32)
    store = WaitroomStore(redis)
    await store.configure(
        event, rate=0.001, capacity=1, beacon_slot=1, secret=secret, commit=secret
    )
    if is_open:
        await store.close(event)
        await store.open(event, 1, secret, secret)
    await gateway.services.waitroom.public(event)
    return event


def session(gateway: Gateway, wallet: Wallet | None = None, seconds: int = 600) -> str:
    """A session token, as signing in gives it."""
    key = wallet.key if wallet else Pubkey.new_unique()
    expires = str(int(time.time()) + seconds)
    return gateway.keys.tokens.mint("session", str(key), secrets.token_hex(8), expires)
