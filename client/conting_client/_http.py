"""Requests of the clients of gateways and issuers, and what their answers mean."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from functools import cache
from typing import Final, TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from conting_client import gateway_answers as answers
from conting_client._errors import GatewayRefused, GatewayUnavailable

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[None]]

_FIRST_ERROR: Final = 400
_NOT_NOW: Final = frozenset({"store_unavailable", "chain_unavailable", "rate_limited"})
"""Refusals that are no answer yet: the same request is right again a moment later."""


async def ask(
    http: httpx2.AsyncClient,
    method: str,
    path: str,
    shape: type[T],
    body: Mapping[str, object] | None = None,
    *,
    headers: dict[str, str] | None = None,
) -> T:
    """One request and its answer. Raises GatewayRefused, GatewayUnavailable."""
    answer = await send(http, method, path, body, headers)
    try:
        return TypeAdapter(shape).validate_json(answer.content)
    except ValidationError:
        raise GatewayUnavailable(
            f"{method} {_without_query(path)}: the answer of {_host(http)} is not a gateway's",
            "not_a_gateway",
        ) from None


async def send(
    http: httpx2.AsyncClient,
    method: str,
    path: str,
    body: Mapping[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> httpx2.Response:
    """One request. Raises GatewayRefused, GatewayUnavailable."""
    try:
        answer = await http.request(method, path, json=body, headers=headers)
    except httpx2.HTTPError as error:
        raise _silence(http, f"{method} {_without_query(path)}", error) from None
    if answer.status_code >= _FIRST_ERROR:
        raise _refusal(answer)
    return answer


async def patiently(request: Callable[[], Awaitable[T]], sleep: Sleep = asyncio.sleep) -> T:
    """Its answer; asked for again, when the gateway says, for as long as that cannot answer.

    For what may be asked twice. Raises GatewayRefused for what waiting does not mend, and
    GatewayUnavailable.
    """
    while True:
        try:
            return await request()
        except GatewayRefused as refused:
            if refused.code not in _NOT_NOW or refused.retry_after is None:
                raise
            wait = refused.retry_after
        await sleep(wait)


async def lines(http: httpx2.AsyncClient, path: str) -> AsyncGenerator[str, None]:
    """The lines of an answer that goes on until one side hangs up.

    Raises GatewayRefused, and GatewayUnavailable at the latest when the other side does.
    """
    try:
        async with http.stream("GET", path) as answer:
            if answer.status_code >= _FIRST_ERROR:
                await answer.aread()
                raise _refusal(answer)
            async for line in answer.aiter_lines():
                yield line
    except httpx2.HTTPError as error:
        raise _silence(http, f"GET {_without_query(path)}", error) from None
    raise GatewayUnavailable(f"GET {_without_query(path)}: the other side has hung up")


@cache
def trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes 50 ms, so clients share one."""
    return httpx2.create_ssl_context()


def _refusal(answer: httpx2.Response) -> GatewayRefused | GatewayUnavailable:
    """The other side's own refusal, or word of something before it that answered in its place."""
    try:
        said = TypeAdapter(answers.Problem).validate_json(answer.content)
    except ValidationError:
        return GatewayUnavailable(
            f"{answer.request.url.copy_with(query=None)}: status {answer.status_code}",
            "not_a_gateway",
        )
    return GatewayRefused(answer.status_code, said.error, said.detail, said.retry_after)


def _silence(http: httpx2.AsyncClient, request: str, error: httpx2.HTTPError) -> GatewayUnavailable:
    """Why there is no answer, for people: the library's own errors often say nothing at all."""
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.UnsupportedProtocol():
            why = str(error) or f"{http.timeout.connect:g} seconds went by"
            return GatewayUnavailable(f"{_host(http)} cannot be reached: {why}", "unreachable")
        case httpx2.TimeoutException():
            why = f"within {http.timeout.read:g} seconds"
            return GatewayUnavailable(f"{request}: {_host(http)} has not answered {why}")
        case _:
            why = str(error) or type(error).__name__
            return GatewayUnavailable(f"{request}: {_host(http)} has hung up: {why}")


def _host(http: httpx2.AsyncClient) -> str:
    """Whom it asks, without the password that may stand before the name."""
    url = http.base_url
    return f"{url.scheme}://{url.netloc.decode()}"


def _without_query(path: str) -> str:
    """A query may hold a place in line, which is nobody else's business."""
    return path.partition("?")[0]
