"""What an application answers when something is refused or fails: always in the same form."""

from collections.abc import Mapping
from typing import Any, Final

from conting_client import TransportError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from conting_gateway.errors import (
    ChainUnavailableError,
    GatewayError,
    InvalidRequestError,
    MethodNotAllowedError,
    NotFoundError,
    StoreUnavailableError,
    answer_of,
)
from conting_gateway.redis import RedisError

NO_JSON: Final = "body: has to be JSON, sent with content-type: application/json"


def answer_errors(app: FastAPI) -> None:
    """Has refusals answered with their codes; what fails unforeseen is answered by RequestLog."""
    app.add_exception_handler(GatewayError, _refuse)
    app.add_exception_handler(RedisError, _store_unavailable)
    app.add_exception_handler(TransportError, _chain_unavailable)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _framework_refusal)


def _response(error: GatewayError, more: Mapping[str, str] | None = None) -> Response:
    status, headers, body = answer_of(error)
    return Response(body, status, headers | dict(more or {}), media_type="application/json")


async def _refuse(_: Request, error: Exception) -> Response:
    return _response(error if isinstance(error, GatewayError) else GatewayError())


async def _store_unavailable(_: Request, _error: Exception) -> Response:
    return _response(StoreUnavailableError())


async def _chain_unavailable(_: Request, _error: Exception) -> Response:
    return _response(ChainUnavailableError())


async def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _response(InvalidRequestError("; ".join(map(_problem, error.errors()))))


def _problem(found: Mapping[str, Any]) -> str:
    if isinstance(found["input"], bytes):  # a body that nobody took for JSON
        return NO_JSON
    return f"{'.'.join(map(str, found['loc']))}: {found['msg']}"


async def _framework_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {404: NotFoundError(), 405: MethodNotAllowedError()}
    return _response(known.get(error.status_code, InvalidRequestError(NO_JSON)), error.headers)
