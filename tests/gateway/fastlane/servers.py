"""One gateway behind two real uvicorn servers, with the fast lane and without it."""

import asyncio
import contextlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from conting_client import Wallet
from conting_gateway.config import Settings
from conting_gateway.main import Server, make_server
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import WaitroomStore
from solders.pubkey import Pubkey

from tests.gateway.support import Gateway

PAUSE = 0.003  # seconds between two parts of a stream, so that they are read one by one


@dataclass
class Lane:
    """A server at a port of its own."""

    server: Server
    port: int

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
async def serve(gateway: Gateway, *, fast: bool) -> AsyncIterator[Lane]:
    """Serves the gateway's own app; its lifespan is the fixture's business."""
    server = make_server(Settings(fast_lane=fast), gateway.app)
    server.config.lifespan = "off"
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
