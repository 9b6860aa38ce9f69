"""A node's neighbour on the network: passes everything on; cuts, drops, delays, changes it if told.

It speaks real TCP to both sides; of websockets it knows where a frame from the node ends.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

from tests.gateway.support import Json

Lie = Callable[[str, Json], Json | None]
Drop = Callable[[bytes], bool]
Twist = Callable[[bytes], bytes]


class Between:
    """A port that leads to a node. `lie` changes answers by method; None is no answer at all."""

    def __init__(self, rpc_url: str) -> None:
        parts = urlsplit(rpc_url)
        self._node = (parts.hostname or "", parts.port or 0)
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.lie: Lie | None = None
        self.slow = asyncio.Event()
        """While it is not set, answers wait."""
        self.slow.set()
        self.heard: list[Json] = []
        """What was asked, in order."""
        self.drop: Drop = lambda _frame: False
        self.twist: Twist = lambda frame: frame
        """Changes what is told; it has to be as long as before."""
        self.closed = False
        self.refused = 0
        self.port = 0

    @property
    def rpc_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Ends every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.closed:
            self.refused += 1
            writer.transport.abort()
            return
        node_reader, node_writer = await asyncio.open_connection(*self._node)
        self._open |= {writer, node_writer}
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._pass_on(reader, writer, node_reader, node_writer)
        finally:
            for each in (writer, node_writer):
                self._open.discard(each)
                each.close()

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        node_reader: asyncio.StreamReader,
        node_writer: asyncio.StreamWriter,
    ) -> None:
        while True:
            head, body = await _message(reader)
            node_writer.write(head + body)
            answer_head, answer = await _message(node_reader)
            if b" 101 " in answer_head.split(b"\r\n", 1)[0]:
                writer.write(answer_head)
                upward = asyncio.create_task(_copy(reader, node_writer))
                try:
                    await self._frames(node_reader, writer)
                finally:
                    upward.cancel()
                return
            changed = self._changed(body, answer)
            await self.slow.wait()
            if changed is None:
                return
            writer.write(_with_length(answer_head, changed) + changed)

    def _changed(self, asked: bytes, answer: bytes) -> bytes | None:
        if asked:
            self.heard.append(json.loads(asked))
        if self.lie is None or not asked:
            return answer
        told = self.lie(self.heard[-1]["method"], json.loads(answer))
        return None if told is None else json.dumps(told).encode()

    async def _frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(2)
            size = head[1] & 0x7F
            if size >= 126:
                longer = await reader.readexactly(2 if size == 126 else 8)
                head, size = head + longer, int.from_bytes(longer, "big")
            frame = await reader.readexactly(size)
            if not self.drop(frame):
                writer.write(head + self.twist(frame))
                await writer.drain()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head, await reader.readexactly(int(line.partition(b":")[2]))
    return head, b""


def _with_length(head: bytes, body: bytes) -> bytes:
    lines = [line for line in head.rstrip().split(b"\r\n") if b"content-length" not in line.lower()]
    return b"\r\n".join([*lines, b"content-length: %d" % len(body), b"", b""])


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)


@contextlib.asynccontextmanager
async def between(rpc_url: str) -> AsyncIterator[Between]:
    neighbour = Between(rpc_url)
    await neighbour.start()
    try:
        yield neighbour
    finally:
        await neighbour.stop()
