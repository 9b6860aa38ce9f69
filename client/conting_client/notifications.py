"""What a node tells by websocket: changed accounts of programs, their transactions, new slots.

A node promises no notification: a connection may end, and a node under load drops some. Who
builds on them looks for gaps (`Entered.parent`, `Logged`) and reads everything anew after one.
"""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, TypeAdapter, ValidationError
from solders.pubkey import Pubkey
from solders.signature import Signature
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from conting_client import _answers as answers
from conting_client._errors import RpcUnavailable
from conting_client._jsonrpc import host_of
from conting_client._readings import AccountInfo
from conting_client._rpc import Commitment

_LARGEST: Final = 16 << 20  # bytes of one notification; an account has 10 MiB at most
_AGREE_SECONDS: Final = 10.0  # for the answers to all subscriptions
_ALIVE_SECONDS: Final = 10.0  # for a ping's way and back


@dataclass(frozen=True, slots=True)
class Changed:
    """An account that a program owns has new data. Accounts that end are not told of."""

    account: AccountInfo


@dataclass(frozen=True, slots=True)
class Logged:
    """A transaction named a program; one that `failed` has changed nothing."""

    program: Pubkey
    signature: Signature
    slot: int
    failed: bool


@dataclass(frozen=True, slots=True)
class Entered:
    """The node has begun a slot; `parent` is the one that it builds on."""

    slot: int
    parent: int


Notification = Changed | Logged | Entered


@dataclass(frozen=True, slots=True)
class _Log:
    signature: str
    err: object = None


@dataclass(frozen=True, slots=True)
class _Params:
    result: object
    subscription: int


@dataclass(frozen=True, slots=True)
class _Message:
    """A notification, or the answer to a request."""

    method: str | None = None
    params: _Params | None = None
    number: Annotated[int | None, Field(alias="id")] = None
    result: object = None
    error: object = None


_MESSAGE: Final = TypeAdapter(_Message)
_ACCOUNT: Final = TypeAdapter(answers.WithContext[answers.KeyedAccount])
_LOG: Final = TypeAdapter(answers.WithContext[_Log])
_SLOT: Final = TypeAdapter(Entered)


class Notifications:
    """An open connection; iterate over it. Raises RpcUnavailable when it ends or lies."""

    def __init__(self, connection: ClientConnection, programs: Sequence[Pubkey]) -> None:
        self._connection = connection
        self._programs = programs
        self._logs: dict[int, Pubkey] = {}
        self._early: list[_Message] = []

    async def subscribe(self, commitment: Commitment) -> None:
        """Asks for everything; returns when the node has agreed to all of it."""
        account = {"encoding": "base64", "commitment": commitment}
        asked: dict[int, Pubkey] = {}
        for number, program in enumerate(self._programs):
            logs = {"mentions": [str(program)]}
            await self._ask(2 * number, "programSubscribe", [str(program), account])
            await self._ask(2 * number + 1, "logsSubscribe", [logs, {"commitment": commitment}])
            asked[2 * number + 1] = program
        last = 2 * len(self._programs)
        await self._ask(last, "slotSubscribe", [])
        missing = set(range(last + 1))
        while missing:
            message = await self._receive()
            if message.number is None:
                self._early.append(message)
                continue
            if not isinstance(message.result, int):
                raise RpcUnavailable(f"the node does not take a subscription: {message.error}")
            missing.discard(message.number)
            if message.number in asked:
                self._logs[message.result] = asked[message.number]

    async def __aiter__(self) -> AsyncIterator[Notification]:
        for message in self._early:
            if (told := self._read(message)) is not None:
                yield told
        self._early = []
        while True:
            if (told := self._read(await self._receive())) is not None:
                yield told

    async def _ask(self, number: int, method: str, params: list[Any]) -> None:
        request = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        try:
            await self._connection.send(json.dumps(request))
        except WebSocketException as error:
            raise RpcUnavailable(f"the subscription has ended: {error}") from None

    async def _receive(self) -> _Message:
        try:
            return _MESSAGE.validate_json(await self._connection.recv())
        except WebSocketException as error:
            raise RpcUnavailable(f"the subscription has ended: {error}") from None
        except ValidationError:
            raise RpcUnavailable("the notification is not Solana's") from None

    def _read(self, message: _Message) -> Notification | None:
        if message.params is None:
            return None
        result = message.params.result
        try:
            match message.method:
                case "programNotification":
                    return Changed(_account(_ACCOUNT.validate_python(result)))
                case "logsNotification":
                    log = _LOG.validate_python(result)
                    program = self._logs[message.params.subscription]
                    signature = Signature.from_string(log.value.signature)
                    failed = log.value.err is not None
                    return Logged(program, signature, log.context.slot, failed)
                case "slotNotification":
                    return _SLOT.validate_python(result)
        except (ValueError, KeyError):
            raise RpcUnavailable("the notification is not Solana's") from None
        return None


@asynccontextmanager
async def subscribe(
    url: str, programs: Sequence[Pubkey], *, commitment: Commitment = "confirmed"
) -> AsyncIterator[Notifications]:
    """All that the node at `url` (ws:// or wss://) tells of the programs, from now on.

    Raises RpcUnavailable.
    """
    try:
        connection = await connect(
            url,
            max_size=_LARGEST,
            max_queue=None,  # a reader that waits would have the node drop what it cannot send
            ping_interval=_ALIVE_SECONDS,
            ping_timeout=_ALIVE_SECONDS,
            close_timeout=1,
        )
    except (OSError, WebSocketException, TimeoutError) as error:
        why = str(error).replace(url, host_of(url))
        raise RpcUnavailable(f"no subscription at {host_of(url)}: {why}") from None
    try:
        told = Notifications(connection, programs)
        try:
            async with asyncio.timeout(_AGREE_SECONDS):
                await told.subscribe(commitment)
        except TimeoutError:
            raise RpcUnavailable(f"{host_of(url)} does not answer to subscriptions") from None
        yield told
    finally:
        await connection.close()


def ws_url_of(rpc_url: str) -> str:
    """Where a node takes websockets by custom: one port above, or the same address without one."""
    scheme, _, rest = rpc_url.partition("://")
    host, _, path = rest.partition("/")
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        host = f"{name}:{int(port) + 1}"
    return f"{'wss' if scheme == 'https' else 'ws'}://{host}/{path}"


def _account(found: answers.WithContext[answers.KeyedAccount]) -> AccountInfo:
    account = found.value.account
    return AccountInfo(
        address=Pubkey.from_string(found.value.pubkey),
        owner=Pubkey.from_string(account.owner),
        lamports=account.lamports,
        data=b64decode(account.data[0]),
        executable=account.executable,
        slot=found.context.slot,
    )
