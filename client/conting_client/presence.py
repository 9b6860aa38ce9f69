"""The phone's side of the presence channel: challenges that live while it is held."""

import ssl
from collections.abc import AsyncGenerator

from pydantic import TypeAdapter, ValidationError
from solders.pubkey import Pubkey
from websockets.asyncio.client import connect
from websockets.exceptions import (
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    WebSocketException,
)

from conting_client import gateway_answers as answers
from conting_client._errors import GatewayRefused, GatewayUnavailable

_REFUSED = 1008  # RFC 6455
_MESSAGE = TypeAdapter[answers.ChallengeAnswer | answers.Problem](
    answers.ChallengeAnswer | answers.Problem
)


async def challenges(
    url: str, token: str, ticket: Pubkey, session: int = 0, *, trusted: ssl.SSLContext | None = None
) -> AsyncGenerator[answers.ChallengeAnswer, None]:
    """A challenge at once and every five seconds; leaving the loop withdraws the last ones.

    `url`: the gateway's, http or https. Raises GatewayRefused, GatewayUnavailable.
    """
    secure = url.startswith("https:")
    address = f"ws{url.removeprefix('http').rstrip('/')}/v1/tickets/{ticket}/presence"
    hello = TypeAdapter(dict[str, str | int]).dump_json({"token": token, "session": session})
    problem = None
    try:
        async with connect(address, ssl=trusted if secure else None) as socket:
            await socket.send(hello.decode())
            async for message in socket:
                told = _MESSAGE.validate_json(message)
                if isinstance(told, answers.Problem):
                    problem = told
                else:
                    problem = None
                    yield told
    except (OSError, WebSocketException, ValidationError) as error:
        if isinstance(error, InvalidStatus):
            raise _turned_away(address, error) from None
        if problem is None:
            raise _silence(address, error) from None
    if problem is None:
        raise GatewayUnavailable(f"{address}: the gateway has ended the channel")
    raise GatewayRefused(_REFUSED, problem.error, problem.detail, problem.retry_after)


def _turned_away(address: str, error: InvalidStatus) -> GatewayRefused | GatewayUnavailable:
    """The gateway's own refusal, or word of something before it that answered in its place."""
    answer = error.response
    try:
        said = TypeAdapter(answers.Problem).validate_json(answer.body or b"")
    except ValidationError:
        return _silence(address, error)
    return GatewayRefused(answer.status_code, said.error, said.detail, said.retry_after)


def _silence(address: str, error: Exception) -> GatewayUnavailable:
    why = f"{address}: {str(error) or type(error).__name__}"
    match error:
        case TimeoutError():  # which is an OSError
            return GatewayUnavailable(why, "no_answer")
        case InvalidMessage() if isinstance(error.__cause__, EOFError):
            return GatewayUnavailable(f"{address}: the gateway has hung up", "no_answer")
        case OSError():
            return GatewayUnavailable(why, "unreachable")
        case ValidationError() | InvalidHandshake():
            return GatewayUnavailable(why, "not_a_gateway")
        case _:
            return GatewayUnavailable(why, "no_answer")
