"""The fast lane answers every stream of bytes as uvicorn and the framework do: request by request.

If it saw one request more or less than uvicorn's parser does, a proxy that shares connections among
people could be made to hand one person's answer to another (request smuggling).
"""

import asyncio
import json
import os
import random
from collections.abc import Iterator, Sequence

import pytest
from conting_gateway.fastlane import cut_bearer, cut_ticket, read_head
from conting_gateway.redis import Redis
from httptools import HttpParserError, HttpRequestParser
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.fastlane.servers import Lane, make_room, serve, session
from tests.gateway.fastlane.streams import BODIES, HEADERS, Place, request, stream
from tests.gateway.support import AWAY, Gateway, Json

STREAMS = 500 * int(os.environ.get("CONTING_FUZZ", "1"))
AT_ONCE = 60
BROKEN = ("{'error': 'malformed_http'", "Failed to open a WebSocket connection")
TRIES = 20
VARY = {"date", "x-request-id"}  # between any two answers

Answered = tuple[int, dict[str, str], Json | str]


def answers(data: bytes) -> list[Answered]:
    """The answers in a stream of bytes, by their own framing."""
    found: list[Answered] = []
    while data:
        if not data.startswith(b"HTTP/1.1 "):
            return [*found, (0, {}, data.decode("latin1"))]
        head, _, rest = data.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin1").split("\r\n")
        status = int(line.split()[1])
        headers = {n.lower(): v for n, v in (each.split(": ", 1) for each in lines)}
        size = int(headers.pop("content-length", "0"))
        kept = {name: value for name, value in headers.items() if name not in VARY}
        found.append((status, kept, _body(rest[:size])))
        data = rest[size:]
    return found


def _body(text: bytes) -> Json | str:
    try:
        body: Json = json.loads(text)
    except ValueError:
        return text.decode("latin1")
    body.pop("next_poll_ms", None)  # spread on purpose
    return body


def same(ours: list[Answered], theirs: list[Answered]) -> bool:
    """Whether both understood the same requests, some of which came before others were answered.

    uvicorn ends a connection at once when bytes are no HTTP, or no websocket, and drops what it has
    not yet answered; the fast lane has then often answered already. The last answer tells.
    """
    if ours == theirs:
        return True
    broken = ours[-1:] == theirs[-1:] and str(ours[-1][2]).startswith(BROKEN)
    before, fewer = ours[:-1], theirs[:-1]
    return broken and (before[: len(fewer)] == fewer or fewer[: len(before)] == before)


async def difference(fast: Lane, stock: Lane, parts: list[bytes], *, in_turn: bool) -> str:
    """What both answer, and whether they close the connection, if that is not the same.

    If Redis was away for one of them, as on a cluster whose masters change, both are asked anew. To
    ask for a place, or for news of it, changes nothing that an answer tells.
    """
    for _ in range(TRIES):
        our, our_end = await fast.ask(parts, in_turn=in_turn)
        their, their_end = await stock.ask(parts, in_turn=in_turn)
        if not any(away.encode() in told for away in AWAY for told in (our, their)):
            break
    ours, theirs = answers(our), answers(their)
    agree = ours == theirs if in_turn else same(ours, theirs)
    if agree and our_end == their_end:
        return ""
    fast_lane, uvicorn = (ours, "closed" * our_end), (theirs, "closed" * their_end)
    return f"{parts}\n  fast lane: {fast_lane}\n  stock:     {uvicorn}"


async def differences(
    fast: Lane, stock: Lane, streams: Sequence[list[bytes]], *, in_turn: bool
) -> str:
    """The streams that are answered otherwise, each with both answers."""
    found: list[str] = []
    for some in batched(streams, AT_ONCE):
        asked = (difference(fast, stock, parts, in_turn=in_turn) for parts in some)
        found += await asyncio.gather(*asked)
    return "\n\n".join(filter(None, found))


def batched(streams: Sequence[list[bytes]], size: int) -> Iterator[Sequence[list[bytes]]]:
    return (streams[start : start + size] for start in range(0, len(streams), size))


async def place_in(gateway: Gateway, redis: Redis) -> Place:
    waitroom = gateway.services.waitroom
    waitroom._joins._budget = 10**9
    waitroom._rooms._polls = 10**9  # also of the new copy of a room whose master changes
    event = await make_room(gateway, redis)
    gateway.now.stop()  # an answer says whether news from Redis are older than a second
    for token in (session(gateway), session(gateway)):  # the first one's turn comes, and lapses
        headers = {"authorization": f"Bearer {token}"}
        joined = await gateway.http.post(f"/v1/events/{event}/queue/join", headers=headers)
    return Place(str(event), joined.json()["ticket"], token)


@pytest.mark.anyio
@pytest.mark.attack
@pytest.mark.fuzz
@pytest.mark.slow
async def test_no_stream_of_bytes_is_answered_otherwise(desk: Gateway, redis: Redis) -> None:
    place = await place_in(desk, redis)
    streams = [stream(place, random.Random(seed)) for seed in range(STREAMS)]
    async with serve(desk, fast=True) as fast, serve(desk, fast=False) as stock:
        found = await differences(fast, stock, streams, in_turn=True)
        assert not found, found
    hot, first = desk.app.state.hot, [parts[0] for parts in streams]
    assert hot.polls[200] >= first.count(request(place.poll)) > 0  # none of these may pass it by
    assert hot.joins[200] >= first.count(request(place.join, place.bearer)) > 0


@pytest.mark.anyio
@pytest.mark.attack
@pytest.mark.slow
async def test_each_oddity_alone_and_before_another_request(desk: Gateway, redis: Redis) -> None:
    place = await place_in(desk, redis)
    poll, join = request(place.poll), request(place.join, place.bearer)
    odd = [request(place.poll, headers, body) for headers, body in BODIES]
    odd += [request(place.join, place.bearer + headers, body) for headers, body in BODIES]
    odd += [request(place.poll, header) for header in HEADERS]
    odd += [request(place.join, header + place.bearer) for header in HEADERS]
    streams = [[each] for each in odd] + [[each, poll] for each in odd]
    streams += [[each + join + poll] for each in odd] + [[join, each, poll] for each in odd]
    async with serve(desk, fast=True) as fast, serve(desk, fast=False) as stock:
        found = await differences(fast, stock, streams, in_turn=True)
        assert not found, found
        found = await differences(fast, stock, streams, in_turn=False)
        assert not found, found


class Heard:
    """What httptools, uvicorn's parser, makes of a request."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.requests = 0
        self.url = b""
        self.parser = HttpRequestParser(self)
        self.keep_alive = True

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_headers_complete(self) -> None:
        self.keep_alive = self.parser.should_keep_alive()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name.lower(), value))

    def on_message_complete(self) -> None:
        self.requests += 1


LINE = st.one_of(
    st.sampled_from([header for header in HEADERS if header] + [headers for headers, _ in BODIES]),
    st.sampled_from([b"host: x\r\n", b"authorization: Bearer a.b\r\n", b"connection: close\r\n"]),
    st.binary(max_size=12).map(lambda text: b"x-any: " + text + b"\r\n"),
    st.binary(max_size=12).map(lambda text: text + b": any\r\n"),
)


@pytest.mark.fuzz
@given(st.lists(LINE, max_size=4).map(b"".join))
def test_headers_that_it_takes_are_one_request_without_a_body_to_the_parser(lines: bytes) -> None:
    head = read_head(b"host: y\r\n" + lines)
    if head is None:
        return
    heard = Heard()
    try:
        heard.parser.feed_data(b"POST / HTTP/1.1\r\nhost: y\r\n" + lines + b"\r\n")
    except HttpParserError as error:
        raise AssertionError(f"{lines!r} is taken, and is no HTTP: {error}") from error
    assert heard.requests == 1
    assert heard.keep_alive is not head.close
    assert not heard.parser.should_upgrade()
    bearers = [value for name, value in heard.headers if name == b"authorization"]
    assert bearers == ([b"Bearer " + head.bearer] if head.bearer else [])


@pytest.mark.parametrize(
    "line", [b"authorization: Bearer a.b\r\n", b"authorization: Bearer a b\r\n"]
)
@pytest.mark.parametrize("lines", [b"", b"x-any: 1\r\n", b"content-length: 0\r\n"])
def test_a_line_that_is_cut_out_of_a_known_join_names_its_session_to_the_parser(
    line: bytes, lines: bytes
) -> None:
    join = b"POST /join HTTP/1.1\r\nhost: y\r\n" + lines + b"\r\n"
    places = 0
    for at in range(len(join) + 1):
        data = join[:at] + line + join[at:]
        rest, token = cut_bearer(data)
        if rest != join:
            continue
        heard = Heard()
        heard.parser.feed_data(data)
        assert heard.requests == 1
        assert [v for n, v in heard.headers if n == b"authorization"] == [b"Bearer " + token]
        places += 1
    assert places == (b"a.b" in line) * (2 + bool(lines))


@pytest.mark.parametrize("line", [b"", b"x-any: a?ticket=b c\r\n"])
def test_a_ticket_that_is_cut_out_of_a_known_poll_is_the_parsers(line: bytes) -> None:
    poll, ticket = b"GET /status?ticket= HTTP/1.1\r\nhost: y\r\n" + line + b"\r\n", b"place.a.b"
    places = 0
    for at in range(len(poll) + 1):
        data = poll[:at] + ticket + poll[at:]
        if cut_ticket(data) != (poll, ticket):
            continue
        heard = Heard()
        heard.parser.feed_data(data)
        assert (heard.requests, heard.url) == (1, b"/status?ticket=" + ticket)
        places += 1
    assert places == 1
