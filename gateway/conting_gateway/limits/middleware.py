"""The limit of one network address over all routes; the fast lane's answers do not count."""

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from conting_gateway.errors import RateLimitedError, answer_of
from conting_gateway.limits.service import LocalLimits, network_of

PREFIXES = ("/v1/", "/1.0/")  # health and metrics are always told


class AddressLimit:
    """ASGI middleware: answers 429 to an address that asks too often, before anything is read."""

    def __init__(self, app: ASGIApp, limits: LocalLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102 ASGI
        if scope["type"] != "lifespan" and scope["path"].startswith(PREFIXES):
            try:
                self._limits.spend(network_of((scope["client"] or ("unknown",))[0]))
            except RateLimitedError as error:
                await _refusal(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _refusal(error: RateLimitedError) -> Response:
    status, headers, body = answer_of(error)
    response = Response(body, status, media_type="application/json")
    MutableHeaders(raw=response.raw_headers).update(headers)
    return response
