"""How much one connection may send, and how long it may take: with the fast lane and without it."""

import asyncio
import json
import logging
from typing import Any

import pytest
from conting_gateway import bounded
from conting_gateway.redis import Redis

from tests.gateway.fastlane.servers import Lane, make_room, serve, session
from tests.gateway.fastlane.streams import Place, request
from tests.gateway.support import Gateway

pytestmark = pytest.mark.anyio

SOON = 0.5  # seconds, in place of half a minute
NONCE = b"POST /v1/auth/nonce"
JSON = b"content-type: application/json\r\n"


@pytest.fixture(
    params=[
        pytest.param(True, id="fast lane"),
        pytest.param(False, id="without", marks=pytest.mark.slow),
    ]
)
async def lane(request: pytest.FixtureRequest, desk: Gateway, redis: Redis) -> Lane:  # type: ignore[misc]
    await make_room(desk, redis)
    async with serve(desk, fast=request.param) as lane:
        yield lane


def hurry(lane: Lane, seconds: float) -> None:
    """Has the server wait no longer for its clients."""
    protocol: Any = lane.server.config.http_protocol_class
    protocol.patience = seconds


async def said(lane: Lane, *parts: bytes) -> tuple[int, str]:
    """Status and code of what the server says before it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(600):
            answer = await reader.read()
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    return int(head.split()[1]), json.loads(body)["error"]


async def is_closed(lane: Lane, sent: bytes) -> bool:
    """Whether the server closes a connection on which no more than this is sent, unasked."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    writer.write(sent)
    try:
        async with asyncio.timeout(600):
            return await reader.read() == b""
    finally:
        writer.close()


async def test_a_body_without_end_is_not_kept(lane: Lane) -> None:
    size = bounded.BODY + 1
    text = b"a" * size
    whole = request(NONCE, JSON + b"content-length: %d\r\n" % size, text)
    assert await said(lane, whole) == (413, "request_too_large")
    chunk = b"%x\r\n" % len(text) + text + b"\r\n"
    parts = request(NONCE, JSON + b"transfer-encoding: chunked\r\n"), chunk
    assert await said(lane, *parts) == (413, "request_too_large")


async def test_the_largest_body_is_read(lane: Lane) -> None:
    body = b'{"wallet": "' + b"a" * (bounded.BODY - 14) + b'"}'
    assert len(body) == bounded.BODY
    size = b"content-length: %d\r\nconnection: close\r\n" % len(body)
    assert await said(lane, request(NONCE, JSON + size, body)) == (422, "invalid_request")


@pytest.mark.parametrize(
    "head",
    [
        b"GET /health HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * bounded.HEAD + b"\r\n",
        b"GET /health HTTP/1.1\r\nhost: x\r\nx-long: " + b"a" * bounded.HEAD + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\nhost: x\r\nx-endless: " + b"a" * bounded.HEAD,
        b"GET /health?" + b"a" * bounded.HEAD,
    ],
    ids=["many", "long", "endless", "address"],
)
async def test_a_head_without_end_is_not_kept(lane: Lane, head: bytes) -> None:
    assert await said(lane, head) == (431, "head_too_large")


async def test_what_is_no_http_is_told_so_in_our_own_form(lane: Lane) -> None:
    assert await said(lane, b"\x16\x03\x01 hello\r\n\r\n") == (400, "malformed_http")


@pytest.mark.attack
@pytest.mark.parametrize(
    "hosts", [b"", b"host: x\r\nhost: x\r\n", b"Host: x\r\nx: y\r\nhOST: other\r\n"]
)
@pytest.mark.parametrize(
    "path", [b"/health", b"/v1/events/%b/queue/status?ticket=a.b" % (b"1" * 32)]
)
async def test_a_request_names_one_host(lane: Lane, hosts: bytes, path: bytes) -> None:
    """A proxy in front may have gone by another one of them than what stands behind it."""
    asked = b"GET %b HTTP/1.1\r\n%b\r\n" % (path, hosts)
    assert await said(lane, asked) == (400, "malformed_http")


async def test_there_is_an_end_to_what_waits_behind_an_answer(lane: Lane) -> None:
    many = request(b"GET /health") * (bounded.PIPELINED + 10)
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    writer.write(many)
    async with asyncio.timeout(600):
        answer = await reader.read()
    writer.close()
    assert b"request_too_large" in answer


async def test_an_answer_that_a_refusal_has_cut_off_is_no_failure_of_ours(
    lane: Lane, caplog: pytest.LogCaptureFixture
) -> None:
    """Else anybody could have faults logged that are none."""
    many = request(b"GET /health") * (bounded.PIPELINED + 10)
    assert await said(lane, many) == (413, "request_too_large")
    failures = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert not failures


@pytest.mark.parametrize(
    "begun",
    [
        b"G",
        b"GET /health HTTP/1.1\r\nhost: x\r\nx-slow: ",
        request(NONCE, JSON + b"content-length: 100\r\n", b"{"),
        request(NONCE, JSON + b"transfer-encoding: chunked\r\n", b"5\r\n"),
    ],
    ids=["first byte", "head", "body", "chunk"],
)
async def test_a_request_that_does_not_come_to_its_end_is_given_up(
    lane: Lane, begun: bytes
) -> None:
    hurry(lane, SOON)
    assert await said(lane, begun) == (408, "request_timeout")


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "an empty line"])
async def test_who_asks_for_nothing_does_not_stay(lane: Lane, sent: bytes) -> None:
    lane.server.config.timeout_keep_alive = 1
    assert await is_closed(lane, sent)


@pytest.mark.slow
async def test_who_waits_for_an_answer_is_not_slow(lane: Lane, desk: Gateway, redis: Redis) -> None:
    hurry(lane, 0.1)
    lane.server.config.timeout_keep_alive = 1
    event = await make_room(desk, redis)
    place = Place(str(event), "none", session(desk))
    ready = asyncio.Event()
    batcher = desk.services.waitroom._batcher
    write = batcher._write

    async def slowly(*args: object) -> object:
        await ready.wait()
        return await write(*args)  # type: ignore[arg-type]

    batcher._write = slowly  # type: ignore[assignment]
    reader, writer = await asyncio.open_connection("127.0.0.1", lane.port)
    writer.write(request(place.join, place.bearer))
    await asyncio.sleep(1.5)  # longer than any client may be slow here
    ready.set()
    async with asyncio.timeout(600):
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.slow
async def test_who_takes_no_answer_is_let_go(lane: Lane) -> None:
    hurry(lane, SOON)
    _, writer = await asyncio.open_connection("127.0.0.1", lane.port, limit=1024)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    asked = request(b"GET /openapi.json") * 20  # some 200 KB each
    connections = lane.server.server_state.connections
    async with asyncio.timeout(600):
        while connections:  # until the server has let go
            if not writer.is_closing():
                writer.write(asked)
            await asyncio.sleep(0.1)
    writer.close()


async def test_a_head_counts_from_where_it_begins(lane: Lane) -> None:
    """And not what was read with it, of requests before it."""
    health = request(b"GET /health", b"x-pad: " + b"a" * 1000 + b"\r\n")
    half = len(health) // 2
    answers, is_closed = await lane.ask([health * 40 + health[:half], health[half:]], in_turn=False)
    assert answers.count(b"HTTP/1.1 200") == 41
    assert not is_closed


async def test_a_head_behind_another_request_is_bounded_too(lane: Lane) -> None:
    health = request(b"GET /health")
    endless = b"GET /health HTTP/1.1\r\nhost: x\r\nx-pad: "
    parts = [health + endless, *[b"a" * 1024] * 40]
    answers, is_closed = await lane.ask(parts, in_turn=True)
    assert answers.count(b"HTTP/1.1 200") == 1
    assert b"head_too_large" in answers
    assert is_closed
