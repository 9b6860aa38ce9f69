"""HTTP/1.1 connections that cost little: one request at a time each, the rest waits in line."""

import asyncio
from collections import deque
from collections.abc import Callable

Answered = Callable[[int, bytes], None]
"""Told of an answer: status (0: the connection broke) and body."""

HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length: "


class Wire(asyncio.Protocol):
    """One connection to the server; opened again if it breaks."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._transport: asyncio.Transport | None = None
        self._line: deque[tuple[bytes, Answered]] = deque()
        self._answered: Answered | None = None
        self._buffer = b""

    async def open(self) -> None:
        """Connects."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, self._host, self._port)

    def close(self) -> None:
        """Ends it; nothing may be under way."""
        if self._transport is not None:
            self._transport.abort()

    def send(self, request: bytes, answered: Answered) -> None:
        """Sends a request, or puts it in line; `answered` is called once."""
        if self._answered is not None or self._transport is None:
            self._line.append((request, answered))
            return
        self._answered = answered
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """A part of an answer, mostly the whole."""
        data = self._buffer + data if self._buffer else data
        end = data.find(HEADERS_END)
        at = data.find(LENGTH)
        if end < 0 or at < 0 or len(data) < end + 4 + _number(data, at + len(LENGTH)):
            self._buffer = data
            return
        self._buffer = b""
        answered, self._answered = self._answered, None
        assert answered is not None, "an answer to nothing"
        answered(int(data[9:12]), data[end + 4 :])
        self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        """What was under way has failed; the rest goes over a new connection."""
        answered, self._answered, self._transport = self._answered, None, None
        if answered is not None:
            answered(0, b"")
            asyncio.get_running_loop().create_task(self._again())

    def _next(self) -> None:
        if self._line and self._answered is None and self._transport is not None:
            self.send(*self._line.popleft())

    async def _again(self) -> None:
        while True:
            try:
                await self.open()
            except OSError:
                await asyncio.sleep(0.2)
            else:
                break
        self._next()


def _number(data: bytes, start: int) -> int:
    return int(data[start : data.index(b"\r", start)])
