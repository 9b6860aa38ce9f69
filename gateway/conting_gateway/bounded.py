"""uvicorn's HTTP protocol with bounds: how much a request may be, and how long it may take to come.

uvicorn by itself waits without end for a first request, and for the rest of one that has begun, and
keeps whatever comes: a few thousand connections that say nothing, or one that never ends, would be
enough to end a gateway. What breaks a bound is told so and the connection is closed.
"""

import asyncio
from typing import Any, ClassVar, Final

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from conting_gateway.errors import (
    GatewayError,
    HeadTooLargeError,
    MalformedHttpError,
    RequestTimeoutError,
    RequestTooLargeError,
    answer_of,
)

HEAD: Final = 32 * 1024  # bytes of a request's line and headers
BODY: Final = 256 * 1024  # bytes; the largest that is asked for, a hundred scans, has half of that
PIPELINED: Final = 100  # requests that wait behind one that is being answered
LINGER: Final = 1.0  # seconds in which what still comes is dropped, so that the refusal arrives


class Bounded(HttpToolsProtocol):
    """One connection.

    Its own state is in slots: with more than thirty attributes in all, CPython would look each of
    them up in a dictionary, uvicorn's too.
    """

    __slots__ = (
        "_active",
        "_answering",
        "_begun",
        "_deaf",
        "_in_head",
        "_mid",
        "_size",
        "_stalled",
        "_watch",
        "_why",
    )

    patience: ClassVar[float] = 30.0
    """Seconds from a request's first byte to its last, and for an answer to be taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 uvicorn's
        super().__init__(*args, **kwargs)
        self._mid = False  # the parser is inside a request
        self._in_head = False
        self._begun = 0  # requests that what is read now is of, so far
        self._deaf = False  # a refusal is on its way, and nothing more is read
        self._size = 0  # bytes of its head, then of its body
        self._answering: RequestResponseCycle | None = None  # others may wait behind it
        self._active = 0.0  # when the client last began something, or was answered
        self._stalled: float | None = None  # since when it takes nothing of an answer
        self._why: type[GatewayError] = MalformedHttpError
        self._watch: asyncio.TimerHandle | None = None

    # What a request may be

    def data_received(self, data: bytes) -> None:
        """Reads on; a head that goes on and on ends the connection.

        It counts from the next read on if it begins behind another request.
        """
        if self._deaf:
            return
        self._begun = int(self._mid)
        super().data_received(data)
        if self._in_head and self._begun == 1 and not self.transport.is_closing():
            self._size += len(data)
            if self._size > HEAD:
                self._refuse(HeadTooLargeError())

    def on_message_begin(self) -> None:
        """A request has begun."""
        if len(self.pipeline) >= PIPELINED:
            self._break(RequestTooLargeError)
        self._mid = self._in_head = True
        self._begun += 1
        self._size = 0
        self._active = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._in_head = False
        self._size = 0
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD:
            self._break(HeadTooLargeError)
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts < 1 and self.parser.get_http_version() == "1.1"):
            self._break(MalformedHttpError)  # RFC 9112 3.2: a proxy may go by another one than we
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        self._size += len(body)
        if self._size > BODY:
            self._break(RequestTooLargeError)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._mid = False
        super().on_message_complete()

    def _break(self, why: type[GatewayError]) -> None:
        """Has the parser stop; uvicorn then calls `send_400_response`."""
        self._why = why
        raise ValueError(why.code)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 uvicorn's
        """Says in our own form why this is not read."""
        self._refuse(self._why())

    def _refuse(self, error: GatewayError) -> None:
        self._forsake()
        status, _, body = answer_of(error)
        own = b"".join(b"%b: %b\r\n" % pair for pair in self.server_state.default_headers)
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        text = body.encode()
        self.transport.write(STATUS_LINE[status] + own + head % len(text) + text)
        if isinstance(error, RequestTooLargeError | HeadTooLargeError):  # more may be on its way
            self._mid = self._deaf = True
            self.transport.write_eof()
            self.loop.call_later(LINGER, self.transport.close)
        else:
            self.transport.close()

    # How long it may take

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is here."""
        super().connection_made(transport)
        self._active = self.loop.time()
        self._look_later(self.patience)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self._watch is not None:
            self._watch.cancel()
        self._forsake()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """An answer begins."""
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _forsake(self) -> None:
        """Nobody hears the answer that is under way: it ends, and what waits behind it is dropped.

        uvicorn tells only the last request that came.
        """
        cycle = self._answering
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        """The client has its answer."""
        self._active = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client takes nothing more for now."""
        self._stalled = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._stalled = None
        super().resume_writing()

    def waits_for_client(self) -> bool:
        """Whether it is the client's turn to send something."""
        if self.flow.read_paused:
            return False
        cycle = self.cycle
        return self._mid or cycle is None or cycle.response_complete

    def _look_later(self, seconds: float) -> None:
        soon = min(seconds, self.patience, self.timeout_keep_alive)
        self._watch = self.loop.call_later(soon, self._look)

    def _look(self) -> None:
        """Ends the connection of a client that is too slow."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return  # websockets look after themselves
        now = self.loop.time()
        if self._stalled is not None and now - self._stalled > self.patience:
            self.transport.abort()
            return
        left = self.patience
        if self.waits_for_client():
            left = self._active + (self.patience if self._mid else self.timeout_keep_alive) - now
        if left > 0:
            self._look_later(left)
        elif self._mid:
            self._refuse(RequestTimeoutError())
        else:
            self.transport.close()
