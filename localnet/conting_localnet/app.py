"""The node as an ASGI application: JSON-RPC over HTTP POST, and subscriptions over websockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from conting_localnet.methods import METHODS
from conting_localnet.node import Node
from conting_localnet.params import Params
from conting_localnet.rpc import handle, method_not_found
from conting_localnet.subscriptions import Hub, Session
from conting_localnet.wire import Json

_MAX_BODY = 1 << 20  # bytes; a batch of a hundred transactions fits many times
_MAX_BACKLOG = 50_000  # notifications; a client that is further behind is cut off
_POLICY_VIOLATION = 1008
_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, GET, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
)

# ASGI's own shapes
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Application:
    """One node; every request first moves the chain to the slot that is due."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._hub = Hub(node)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request or one websocket connection."""
        if scope["type"] == "http":
            await self._serve_http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_websocket(receive, send)

    async def _serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["method"]:
            case "POST":
                body = await _read_body(receive)
                if body is None:
                    await _respond(send, 413, b"request too large", b"text/plain")
                    return
                answer = handle(body, self._call)
                await _respond(send, 200, (answer or "").encode(), b"application/json")
            case "OPTIONS":
                await _respond(send, 204, b"", b"text/plain")
            case "GET" if scope["path"] == "/health":
                await _respond(send, 200, b"ok", b"text/plain")
            case _:
                await _respond(send, 405, b"use POST", b"text/plain")

    def _call(self, method: str, params: Params) -> Json:
        self._node.tick()
        if method not in METHODS:
            raise method_not_found()
        return METHODS[method](self._node, params)

    async def _serve_websocket(self, receive: Receive, send: Send) -> None:
        outbox = _Outbox()
        session = Session(self._hub, outbox.put)
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        writer = asyncio.create_task(outbox.drain(send))
        try:
            while (message := await receive())["type"] == "websocket.receive":
                session.receive(message.get("text") or message.get("bytes") or b"")
        finally:
            session.close()
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer


class _Outbox:
    """What waits to be sent to one client, in order; too much of it ends the connection."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()

    def put(self, text: str) -> None:
        """Queue a message."""
        if self._queue.qsize() < _MAX_BACKLOG:
            self._queue.put_nowait(text)
        elif self._queue.qsize() == _MAX_BACKLOG:
            self._queue.put_nowait(None)

    async def drain(self, send: Send) -> None:
        """Send what is queued until cancelled or cut off."""
        while (text := await self._queue.get()) is not None:
            try:
                await send({"type": "websocket.send", "text": text})
            except (OSError, RuntimeError):  # the client has gone; the reader ends the session
                return
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": "too slow"})


async def _read_body(receive: Receive) -> bytes | None:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > _MAX_BODY:
            return None
        if not message.get("more_body"):
            return body


async def _respond(send: Send, status: int, body: bytes, content_type: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *_CORS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
