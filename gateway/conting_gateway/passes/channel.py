"""The websocket /v1/tickets/{ticket}/presence (messages: docs/protocols.md)."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from conting_gateway.errors import GatewayError, InvalidRequestError, answer_of
from conting_gateway.passes.presence import Channel, Presence, Told
from conting_gateway.passes.schemas import ChallengeAnswer
from conting_gateway.schemas import Address
from conting_gateway.services import Services

HELLO_SECONDS = 10
NO_HELLO = (
    f'ticket: has to be an address; first message: {{"token": "…", "session": 0}}, within '
    f"{HELLO_SECONDS} seconds"
)
REFUSED = 1008  # RFC 6455: policy violation

router = APIRouter(prefix="/v1/tickets", tags=["passes"])


class Hello(BaseModel):
    """The phone's first and only message."""

    model_config = ConfigDict(extra="forbid")
    token: str = Field(max_length=1024)
    session: int = Field(default=0, ge=0, lt=2**16)


@router.websocket("/{ticket}/presence")
async def presence(socket: WebSocket, ticket: str) -> None:
    """Gives challenges for as long as the phone holds the channel."""
    await socket.accept()
    try:
        await _serve(socket, ticket)
    except GatewayError as error:
        await _refuse(socket, error)
    except WebSocketDisconnect:
        return


async def _serve(socket: WebSocket, ticket: str) -> None:
    services: Services = socket.app.state.services
    try:
        address = TypeAdapter[Address](Address).validate_python(ticket)
        async with asyncio.timeout(HELLO_SECONDS):
            hello = Hello.model_validate_json(await socket.receive_text())
    except (ValidationError, KeyError, TimeoutError) as error:
        raise InvalidRequestError(NO_HELLO) from error
    with services.presence.channel(hello.token, address, hello.session) as channel:
        await _hold(socket, services.presence, channel)


async def _hold(socket: WebSocket, presence: Presence, channel: Channel) -> None:
    """Tells challenges until the phone goes, or may not have any more."""
    telling = asyncio.create_task(_tell(socket, channel.challenges()))
    leaving = asyncio.create_task(_left(socket))
    try:
        await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        telling.cancel()
        leaving.cancel()
        await asyncio.wait((telling, leaving))
        if not presence.is_ending:
            await channel.drop()
    if not telling.cancelled():
        telling.result()


async def _tell(socket: WebSocket, challenges: AsyncIterator[Told]) -> None:
    async for told in challenges:
        if isinstance(told, GatewayError):
            await socket.send_text(answer_of(told)[2])
            continue
        answer = ChallengeAnswer(
            challenge=told.encode(), issued_at=told.issued, expires_at=told.expires
        )
        await socket.send_text(answer.model_dump_json())


async def _left(socket: WebSocket) -> None:
    """Waits for the end of the connection, whatever is said until then."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _refuse(socket: WebSocket, error: GatewayError) -> None:
    try:
        await socket.send_text(answer_of(error)[2])
        await socket.close(REFUSED)
    except (WebSocketDisconnect, RuntimeError):
        return  # the phone did not wait for the reason
