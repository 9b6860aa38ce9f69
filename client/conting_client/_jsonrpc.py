"""One question to a node over JSON-RPC: the only module that imports solana-py.

Each question has a number of its own, and an answer that bears another one is not taken: behind a
proxy that mixes up two connections the answer to somebody else's question looks like one to ours.
"""

import itertools
from collections.abc import Sequence
from typing import Final, TypeVar
from urllib.parse import urlsplit

import httpx2
from pydantic import TypeAdapter, ValidationError
from solana.exceptions import SolanaRpcException
from solana.rpc.async_http_provider import AsyncHTTPProvider
from solana.rpc.jsonrpc import JsonRpcRequest, JsonRpcResponseEnvelope, SolanaJsonRpcError

from conting_client._aside import aside
from conting_client._errors import NodeBehind, RpcUnavailable

T = TypeVar("T")

_BEHIND: Final = -32016  # minContextSlot is not reached
_ACCOUNT: Final = 500  # bytes of JSON that an account takes, about
_BUSY: Final = frozenset({-32004, -32005, -32014, 429})  # the node lags or is overloaded


class NodeSaid(Exception):  # noqa: N818 (never leaves this package)
    """The node's JSON-RPC error."""

    def __init__(self, code: int, message: str, data: object) -> None:
        self.code = code
        self.data = data
        super().__init__(f"{message} ({code})")


def host_of(url: str) -> str:
    """A node for people and logs: what is left out may hold a customer's key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class JsonRpc:
    """The way to one node; `timeout` is seconds for each answer."""

    def __init__(self, url: str, timeout: float) -> None:
        self._host = host_of(url)
        self._timeout = timeout
        self._http = AsyncHTTPProvider(url, timeout=timeout, max_transport_retries=0)
        self._numbers = itertools.count(1)

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()

    async def ask(self, method: str, params: Sequence[object], shape: TypeAdapter[T]) -> T:
        """Asks once. Raises RpcUnavailable, or NodeSaid with the node's own refusal."""
        request = JsonRpcRequest(id=next(self._numbers), method=method, params=list(params))
        where = f"{method} at {self._host}"
        try:
            text = await self._http.make_request_unparsed(request)

            def read() -> T:
                answer = JsonRpcResponseEnvelope.model_validate_json(text)
                if answer.id != request.id:
                    raise RpcUnavailable(f"{where}: the answer is to another question")
                return shape.validate_python(answer.unwrap_result())

            return await aside(len(text) // _ACCOUNT, read)
        except SolanaRpcException as error:
            raise RpcUnavailable(f"{where}: {self._why(error.__cause__)}") from None
        except ValidationError:
            raise RpcUnavailable(f"{where}: the answer is not Solana's") from None
        except SolanaJsonRpcError as error:
            if error.code == _BEHIND:
                raise NodeBehind(f"{where}: {error.message}") from None
            if error.code in _BUSY:
                raise RpcUnavailable(f"{where}: {error.message}") from None
            raise NodeSaid(error.code, error.message, error.data) from None

    def _why(self, cause: BaseException | None) -> str:
        """The library's own words name the whole address of a node that answers a status."""
        match cause:
            case httpx2.TimeoutException():
                return f"has not answered within {self._timeout:g} seconds"
            case httpx2.ConnectError():
                return "cannot be reached"
            case httpx2.HTTPStatusError():
                return f"status {cause.response.status_code}"
            case _:
                return repr(cause)
