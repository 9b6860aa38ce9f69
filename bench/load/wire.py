"""HTTP/1.1 connections that cost little: one request at a time each, the rest waits in line."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

HEADERS_END: Final = b"\r\n\r\n"
LENGTH: Final = b"content-length: "
BROKEN: Final = b"HTTP/1.1 000 \r\n\r\n"
"""Instead of an answer: the connection broke."""

About = TypeVar("About")


def status_of(answer: bytes) -> int:
    """The status of a whole answer; 0: the connection broke."""
    return int(answer[9:12])


def body_of(answer: bytes) -> bytes:
    """The body of a whole answer."""
    return answer[answer.index(HEADERS_END) + len(HEADERS_END) :]


class Wire(asyncio.Protocol, Generic[About]):
    """One connection to the server; opened again if it breaks.

    `answered` is told of each request what it was about, and the whole answer.
    """

    def __init__(self, host: str, port: int, answered: Callable[[About, bytes], None]) -> None:
        self._host, self._port = host, port
        self._answered = answered
        self._transport: asyncio.Transport | None = None
        self._line: deque[tuple[bytes, About]] = deque()
        self._about: About | None = None  # of the request that is under way
        self._buffer = b""

    async def open(self) -> None:
        """Connects."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_connection(lambda: self, self._host, self._port)

    def close(self) -> None:
        """Ends it; what is under way is given up."""
        self._about = None
        self._line.clear()
        if self._transport is not None:
            self._transport.abort()

    def send(self, request: bytes, about: About) -> None:
        """Sends a request, or puts it in line."""
        if self._about is not None or self._transport is None:
            self._line.append((request, about))
            return
        self._about = about
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """A part of an answer, mostly the whole."""
        if self._buffer:
            data = self._buffer + data
        end = data.find(HEADERS_END)
        at = data.find(LENGTH, 0, end) + len(LENGTH)
        if end < 0 or len(data) < end + 4 + int(data[at : data.index(b"\r", at)]):
            self._buffer = data
            return
        self._buffer = b""
        about, self._about = self._about, None
        assert about is not None, "an answer to nothing"
        self._answered(about, data)
        if self._line:
            self._next()

    def connection_lost(self, _error: Exception | None) -> None:
        """What was under way has failed; the rest goes over a new connection."""
        about, self._about, self._transport = self._about, None, None
        if about is not None:
            self._answered(about, BROKEN)
            asyncio.get_running_loop().create_task(self._again())

    def _next(self) -> None:
        if self._line and self._about is None and self._transport is not None:
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
