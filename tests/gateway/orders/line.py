"""The wire between a gateway and its node, which tests may cut."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

L = TypeVar("L", bound="Line")


class Line:
    """Carries requests to a node.

    `is_cut`: none arrives; `lost`: answers to this method do not; `last`: it is cut after this one.
    """

    def __init__(self, node_url: str) -> None:
        where = urlsplit(node_url)
        self._node = (where.hostname or "", where.port or 0)
        self.is_cut = False
        self.lost: str | None = None
        self.last: str | None = None
        self.url = ""

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the gateway's: any number of requests, one after the other."""
        try:
            while not self.is_cut and (request := await _message(reader)):
                answer = await self._ask(request)
                method = json.loads(request.partition(b"\r\n\r\n")[2])["method"]
                self.is_cut |= method == self.last
                if self.is_cut or method == self.lost:
                    break
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._node)
        try:
            writer.write(request)
            return await _message(reader)
        finally:
            writer.close()
            await writer.wait_closed()


async def _message(reader: asyncio.StreamReader) -> bytes:
    """A request or an answer of HTTP with a Content-Length; nothing once the other side is gone."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    lines = head.lower().split(b"\r\n")
    sizes = [line.partition(b":")[2] for line in lines if line.startswith(b"content-length")]
    return head + await reader.readexactly(int(sizes[0]))


@asynccontextmanager
async def carried(line: L) -> AsyncIterator[L]:
    """The line, at work; at the end none of its connections is left open."""
    carrying: set[asyncio.Task[None]] = set()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        carrying.add(task := asyncio.ensure_future(line.carry(reader, writer)))
        try:
            await task
        finally:
            writer.close()
            carrying.discard(task)

    server = await asyncio.start_server(carry, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        for task in list(carrying):
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)


@asynccontextmanager
async def line_to(node_url: str) -> AsyncIterator[Line]:
    """A line that holds."""
    async with carried(Line(node_url)) as line:
        yield line
