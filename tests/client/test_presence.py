"""The presence channel where no gateway takes it: who said no, or why there is no answer."""

import asyncio

import pytest
from conting_client import GatewayRefused, GatewayUnavailable
from conting_client.presence import _silence, challenges
from solders.pubkey import Pubkey

pytestmark = pytest.mark.anyio

BUSY = b'{"error": "rate_limited", "detail": "Too many.", "retry_after": 7}'


async def asked(answer: bytes) -> None:
    """Asks for a channel where every request gets the same bytes, and no more."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(reply, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await anext(challenges(f"http://127.0.0.1:{port}", "token", Pubkey.default()))


def answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def test_a_refusal_before_the_channel_is_the_gateways_own() -> None:
    with pytest.raises(GatewayRefused) as told:
        await asked(answer("429 Too Many Requests", BUSY))
    assert (told.value.status, told.value.code) == (429, "rate_limited")
    assert (told.value.detail, told.value.retry_after) == ("Too many.", 7)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer("404 Not Found", b"<html>"), "not_a_gateway"),
        (answer("403 Forbidden", b""), "not_a_gateway"),
        (b"220 mail.example ESMTP\r\n", "not_a_gateway"),
        (b"", "no_answer"),
    ],
)
async def test_what_answers_in_its_place_is_told_apart(said: bytes, code: str) -> None:
    with pytest.raises(GatewayUnavailable) as told:
        await asked(said)
    assert told.value.code == code


async def test_only_who_takes_no_connection_is_unreachable() -> None:
    held = challenges("http://127.0.0.1:9", "token", Pubkey.default())  # the discard port
    with pytest.raises(GatewayUnavailable) as told:
        await anext(held)
    assert told.value.code == "unreachable"
    assert _silence("ws://gateway", TimeoutError()).code == "no_answer"
