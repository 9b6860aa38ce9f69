"""Byte streams that a client, a proxy or an attacker may send: requests, boring and otherwise."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

CLOSE = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True)
class Place:
    """What the requests are about."""

    event: str
    ticket: str
    token: str

    @property
    def join(self) -> bytes:
        return f"POST /v1/events/{self.event}/queue/join".encode()

    @property
    def poll(self) -> bytes:
        return f"GET /v1/events/{self.event}/queue/status?ticket={self.ticket}".encode()

    @property
    def bearer(self) -> bytes:
        return f"authorization: Bearer {self.token}\r\n".encode()


def request(line: bytes, headers: bytes = b"", body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return line + b" HTTP/" + version + b"\r\nhost: x\r\n" + headers + b"\r\n" + body


SMUGGLED = b"GET /health HTTP/1.1\r\nhost: y\r\n\r\n"

BODIES: list[tuple[bytes, bytes]] = [
    (b"content-length: %d\r\n" % len(SMUGGLED), SMUGGLED),
    (b"content-length: 5\r\n", b"12345"),
    (b"content-length: 5\r\n", b"123"),
    (b"content-length: 2\r\n", b"{}"),
    (b"content-length: 0\r\n", b""),
    (b"content-length: 0\r\n", SMUGGLED),
    (b"", SMUGGLED),
    (b"content-length: 0\r\ncontent-length: %d\r\n" % len(SMUGGLED), SMUGGLED),
    (b"content-length: %d\r\ncontent-length: 0\r\n" % len(SMUGGLED), SMUGGLED),
    (b"content-length: 0\r\ncontent-length: 0\r\n", b""),
    (b"content-length: 0, 0\r\n", b""),
    (b"content-length: +0\r\n", b""),
    (b"content-length: -1\r\n", b""),
    (b"content-length: 00\r\n", b""),
    (b"content-length: 0x0\r\n", b""),
    (b"content-length:\r\n", b""),
    (b"content-length: \t0\r\n", b""),
    (b"content-length : 0\r\n", b""),
    (b"content-length: 99999999999999999999\r\n", b""),
    (b"transfer-encoding: chunked\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding: chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    (b"transfer-encoding: chunked\r\n", b"5;x=y\r\nhello\r\n0\r\nt: 1\r\n\r\n"),
    (b"transfer-encoding: chunked\r\n", b"zz\r\n"),
    (b"transfer-encoding: chunked\r\n", SMUGGLED),
    (b"transfer-encoding: gzip, chunked\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding: identity\r\n", b""),
    (b"transfer-encoding: xchunked\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding : chunked\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding:\x0bchunked\r\n", b"0\r\n\r\n"),
    (b"content-length: 4\r\ntransfer-encoding: chunked\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding: chunked\r\ncontent-length: 4\r\n", b"0\r\n\r\n"),
    (b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n", b"0\r\n\r\n"),
]

HEADERS: list[bytes] = [
    b"",
    b"accept: */*\r\nuser-agent: a b c\r\n",
    b"connection: keep-alive\r\n",
    b"Connection: Close\r\n",
    b"connection: close, x\r\n",
    b"connection: keep-alive\r\nconnection: close\r\n",
    b"connection: x\r\n",
    b"connection: upgrade\r\nupgrade: h2c\r\nhttp2-settings: x\r\n",
    b"connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: eA==\r\n",
    b"upgrade: websocket\r\n",
    b"expect: 100-continue\r\n",
    b"expect: nothing\r\n",
    b"host: other\r\n",
    b"x-text: caf\xc3\xa9\r\n",
    b"x-nul: a\x00b\r\n",
    b"x-tab: a\tb\r\n",
    b"x-bell: \x07\r\n",
    b"x-folded: a\r\n b\r\n",
    b" x-leading: a\r\n",
    b"x space: a\r\n",
    b"x-space : a\r\n",
    b"x-bare-lf: a\nx-other: b\r\n",
    b"x-bare-cr: a\rb\r\n",
    b"x-lf-end: a\n",
    b"no colon at all\r\n",
    b": no name\r\n",
    b"x(odd): a\r\n",
    b"x-empty:\r\n",
    b"x-spaces:    a   \r\n",
    b"x-long: " + b"a" * 5000 + b"\r\n",
    b"te: trailers\r\n",
    b"x-forwarded-for: 1.2.3.4\r\n",
]

Build = Callable[[Place, random.Random], bytes]


def _plain(place: Place, dice: random.Random) -> bytes:
    return request(place.poll) if dice.random() < 0.5 else request(place.join, place.bearer)


def _with_body(place: Place, dice: random.Random) -> bytes:
    headers, body = dice.choice(BODIES)
    if dice.random() < 0.5:
        return request(place.poll, headers, body)
    return request(place.join, place.bearer + headers, body)


def _with_header(place: Place, dice: random.Random) -> bytes:
    header = dice.choice(HEADERS)
    if dice.random() < 0.5:
        return request(place.poll, header)
    first, second = dice.sample([header, place.bearer], 2)
    return request(place.join, first + second)


def _odd_line(place: Place, dice: random.Random) -> bytes:
    poll, join = place.poll, place.join
    line = dice.choice(
        [
            poll.replace(b"status", b"st%61tus"),
            poll.replace(b"status", b"status/"),
            poll.replace(b"/queue", b"//queue"),
            poll.replace(b"?ticket", b"?x=1&ticket"),
            poll + b"&ticket=other",
            poll + b"#part",
            poll + b"%00",
            poll + b" ",
            poll + b"A",
            poll[:-1],
            poll.replace(b"ticket=", b"ticket=" + b"A" * 400),
            poll.replace(b"GET ", b"GET  "),
            poll.replace(b"GET", b"get"),
            poll.replace(b"GET", b"OPTIONS"),
            poll.replace(b"GET", b"POST"),
            poll.replace(b"GET /", b"GET http://x/"),
            b"\r\n" + poll,
            b"\n" + poll,
            join + b"?x=1",
            join + b"/",
            join.replace(b"/v1", b"/v1/.."),
            join.replace(place.event.encode(), b"1" * 44),
            join.replace(place.event.encode(), b"0OIl"),
            join.replace(b"POST", b"PUT"),
        ]
    )
    return request(
        line, place.bearer, version=dice.choice([b"1.1", b"1.1", b"1.0", b"2.0", b"1.2"])
    )


def _odd_bearer(place: Place, dice: random.Random) -> bytes:
    token = place.token.encode()
    header = dice.choice(
        [
            b"",
            b"authorization: Bearer\r\n",
            b"authorization: Bearer  " + token + b"\r\n",
            b"authorization: bearer " + token + b"\r\n",
            b"authorization: Basic " + token + b"\r\n",
            b"authorization: " + token + b"\r\n",
            b"authorization: Bearer " + token[:-1] + b"\r\n",
            b"authorization: Bearer " + token + b" x\r\n",
            place.bearer + b"authorization: Bearer x\r\n",
            b"authorization: Bearer x\r\n" + place.bearer,
            b"AUTHORIZATION: Bearer " + token + b"\r\n",
        ]
    )
    return request(place.join, header)


def _no_host(place: Place, _: random.Random) -> bytes:
    return place.poll + b" HTTP/1.1\r\n\r\n"


def _other(place: Place, dice: random.Random) -> bytes:
    return dice.choice(
        [
            request(b"GET /health"),
            request(b"GET /nothing"),
            request(b"POST /v1/auth/nonce", b"content-length: 2\r\n", b"{}"),
            request(place.poll)[: dice.randrange(1, 40)],
            bytes(dice.randrange(256) for _ in range(dice.randrange(1, 30))),
        ]
    )


BUILDS: list[Build] = [
    _plain,
    _plain,
    _with_body,
    _with_body,
    _with_header,
    _with_header,
    _odd_line,
    _odd_bearer,
    _no_host,
    _other,
]


def stream(place: Place, dice: random.Random) -> list[bytes]:
    """One to four requests and an end, cut into parts anywhere or between requests."""
    requests = [dice.choice(BUILDS)(place, dice) for _ in range(dice.randrange(1, 5))]
    if dice.random() < 0.5:
        return [*requests, CLOSE]
    whole = b"".join((*requests, CLOSE))
    cuts = sorted(dice.randrange(len(whole)) for _ in range(dice.randrange(4)))
    return [part for part in _cut(whole, cuts) if part]


def _cut(whole: bytes, cuts: list[int]) -> list[bytes]:
    ends = [0, *cuts, len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(ends)]
