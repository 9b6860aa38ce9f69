"""JSON-RPC 2.0 framing: one request or a batch in, the response text out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence

from conting_localnet.errors import (
    INTERNAL_ERROR,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    RpcError,
    invalid_params,
)
from conting_localnet.params import Params
from conting_localnet.wire import Json

Call = Callable[[str, Params], Json]

_logger = logging.getLogger(__name__)


def handle(body: str | bytes, call: Call) -> str | None:
    """Answer a request or a batch; None when there was nothing but notifications."""
    try:
        request: Json = json.loads(body)
    except ValueError:  # malformed JSON and malformed UTF-8 alike
        return dump(_failure(None, RpcError(PARSE_ERROR, "Parse error")))
    if isinstance(request, list):
        return _handle_batch(request, call)
    response = _respond(request, call)
    return None if response is None else dump(response)


def dump(value: Json) -> str:
    """Write JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def _handle_batch(requests: Sequence[Json], call: Call) -> str | None:
    if not requests:
        return dump(_failure(None, RpcError(INVALID_REQUEST, "Invalid request")))
    responses = [_respond(request, call) for request in requests]
    answered = [response for response in responses if response is not None]
    return dump(answered) if answered else None


def _respond(request: Json, call: Call) -> Json:
    if not isinstance(request, Mapping):
        return _failure(None, RpcError(INVALID_REQUEST, "Invalid request"))
    identifier = request.get("id")
    if not isinstance(identifier, str | int | float | None):
        return _failure(None, RpcError(INVALID_REQUEST, "Invalid request"))
    try:
        result = _call(request, call)
    except RpcError as error:
        response = _failure(identifier, error)
    except Exception:  # a bug of ours must not take the connection down
        _logger.exception("internal error in %s", request.get("method"))
        response = _failure(identifier, RpcError(INTERNAL_ERROR, "Internal error"))
    else:
        response = {"jsonrpc": "2.0", "result": result, "id": identifier}
    # A request without an id is a notification, unless it is too broken to be one.
    return response if "id" in request or request.get("jsonrpc") != "2.0" else None


def _call(request: Mapping[str, Json], call: Call) -> Json:
    method, params = request.get("method"), request.get("params")
    if request.get("jsonrpc") != "2.0" or not isinstance(method, str):
        raise RpcError(INVALID_REQUEST, "Invalid request")
    match params:
        case None:
            return call(method, Params(()))
        case list():
            return call(method, Params(params))
        case dict():
            return call(method, Params((params,)))
        case _:
            raise invalid_params("params must be a list")


def method_not_found() -> RpcError:
    """There is no such method."""
    return RpcError(METHOD_NOT_FOUND, "Method not found")


def _failure(identifier: Json, error: RpcError) -> Json:
    return {"jsonrpc": "2.0", "error": error.to_json(), "id": identifier}
