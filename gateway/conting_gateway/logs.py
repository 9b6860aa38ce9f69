"""Structured logs: one JSON object per line, with the request's id; no secrets, no wallets.

What fails unforeseen is answered here, where the answer gets the id that the log has.

Request lines carry the route's template instead of its path, and never the query.
"""

import contextlib
import json
import logging
import sys
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conting_gateway.clock import Entropy
from conting_gateway.errors import InternalError, answer_of

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
REQUEST_ID_HEADER = "x-request-id"
BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
"""Messages by which an answer begins."""
SWITCHING = 101  # the status of a websocket
FORBIDDEN = 403  # of one that is closed before it began, which the server tells so
BROKEN = 1011  # RFC 6455: an error of the server's

log = logging.getLogger("conting_gateway.requests")


Observe = Callable[[str, str, int, float | None], None]
"""Told of each request: method, route, status, seconds until its answer (None of a websocket)."""


class JsonFormatter(logging.Formatter):
    """Turns a record, and what `extra={"facts": …}` adds to it, into one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; an exception's traceback goes into a field of it."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST_ID.get():
            line["request"] = request
        line.update(getattr(record, "facts", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logs(level: int = logging.INFO) -> None:
    """Sends all logs of this process to stderr as JSON; stdout stays free for the ready line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # it tells who opens a websocket
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)


class RequestLog:
    """ASGI middleware: gives each request an id, answers with it, logs one line, and counts it.

    A websocket is one request, and its line is written when it ends.
    """

    def __init__(self, app: ASGIApp, entropy: Entropy, observe: Observe) -> None:
        self._app = app
        self._entropy = entropy
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 ASGI
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = self._entropy(8).hex()
        token = REQUEST_ID.set(request)
        started = time.perf_counter()
        status, answered = 500, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, answered
            if message["type"] in BEGINNINGS:
                status, answered = message.get("status", SWITCHING), True
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request
            elif message["type"] == "websocket.close" and not answered:
                status, answered = FORBIDDEN, True
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("a request failed")
            if not answered:
                await _failure()(scope, receive, send_with_id)
            elif scope["type"] == "websocket":
                with contextlib.suppress(RuntimeError, OSError):  # it is closed already
                    await send({"type": "websocket.close", "code": BROKEN})
        finally:
            seconds = time.perf_counter() - started
            _log_request(scope, status, seconds)
            until_answer = seconds if scope["type"] == "http" else None
            self._observe(_method(scope), _route(scope) or "none", status, until_answer)
            REQUEST_ID.reset(token)


def _failure() -> Response:
    status, headers, body = answer_of(InternalError())
    return Response(body, status, headers, media_type="application/json")


def _method(scope: Scope) -> str:
    return str(scope.get("method", "GET"))  # by which a websocket begins


def _route(scope: Scope) -> str | None:
    return getattr(scope.get("route"), "path", None)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    facts = {
        "method": _method(scope),
        "route": _route(scope),
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
    }
    log.info("request", extra={"facts": facts})
