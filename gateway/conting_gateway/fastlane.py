"""uvicorn's HTTP protocol with a fast lane: joins and polls are answered in the socket's callback.

The rule that keeps it safe: it takes a request only if that is complete, alone in the buffer, and
boring in every byte; whatever is unusual goes to uvicorn's own parser, unread and unchanged. So a
request is never understood in two ways. `tests/gateway/fastlane` compares both, byte stream by byte
stream. It relies on internals of uvicorn (`cycle`, the keep-alive timer), whose version is pinned;
the setting CONTING_FAST_LANE turns it off.
"""

import re
from typing import Any, ClassVar, Final, NamedTuple, TypeVar

from conting_gateway.bounded import Bounded
from conting_gateway.waitroom.hot import HotAnswers, Parts

LONGEST: Final = 4096  # bytes of a request that the fast lane takes
ALIKE: Final = 1024  # of what many send alike: requests but for token or ticket, header lines
HELD: Final = 16 * 1024  # bytes that wait behind a join that is under way; then no more are read

_EVENT: Final = rb"/v1/events/([1-9A-HJ-NP-Za-km-z]{32,44})/queue/"
_REQUEST: Final = re.compile(
    rb"(?:GET %sstatus\?ticket=([A-Za-z0-9._-]{1,400})|POST %sjoin) HTTP/1\.1\r\n"
    % (_EVENT, _EVENT)
)
CLOSING: Final = b"connection: close\r\n"
_JOIN: Final = 3  # the group that matches in a join

_TICKET: Final = b"?ticket="
_BEARER: Final = b"\r\nauthorization: Bearer "
_LINE_END: Final = b"\r\n"
_SESSION: Final = b"-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
"""What a session's token is written with."""
_TOKEN: Final = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TEXT: Final = bytes(range(0x20, 0x7F))  # and no tab, which is legal but never needed
_UNUSUAL: Final = frozenset(
    (b"transfer-encoding", b"expect", b"upgrade", b"te", b"trailer", b"http2-settings")
)


V = TypeVar("V")


class Head(NamedTuple):
    """What the fast lane needs of a request's headers."""

    bearer: bytes
    close: bool


def read_head(lines: bytes) -> Head | None:
    """The headers, each line with its CRLF; None if anything about them is unusual."""
    hosts, lengths, bearer, close = 0, 0, b"", False
    *each_line, end = lines.split(b"\r\n")
    for line in each_line:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.translate(None, _TOKEN) or value.translate(None, _TEXT):
            return None
        name, value = name.lower(), value.strip(b" ")
        if name in _UNUSUAL or (name == b"content-length" and value != b"0"):
            return None
        if name == b"host":
            hosts += 1
        elif name == b"content-length":
            lengths += 1
        elif name == b"connection":
            if value.lower() not in {b"keep-alive", b"close"} or close:
                return None
            close = value.lower() == b"close"
        elif name == b"authorization":
            scheme, _, token = value.partition(b" ")
            if bearer or scheme != b"Bearer" or not token or b" " in token:
                return None
            bearer = token
    return Head(bearer, close) if not end and hosts == 1 and lengths <= 1 else None


class _Own:
    """The server's own headers (date, server) as bytes; uvicorn makes a new list each second."""

    pairs: ClassVar[list[tuple[bytes, bytes]] | None] = None
    lines: ClassVar[bytes] = b""

    @classmethod
    def set(cls, pairs: list[tuple[bytes, bytes]]) -> None:
        cls.pairs = pairs
        cls.lines = b"".join(b"%b: %b\r\n" % pair for pair in pairs)


def cut_bearer(data: bytes) -> tuple[bytes, bytes]:
    """A request without the line that names its session, and the token that the line had.

    Nothing is cut, and the token is empty, if there is no such line before the headers' end as most
    clients write it; `read_head` finds whatever else could be meant by one.
    """
    before, _, after = data.partition(_BEARER)
    token, _, after = after.partition(_LINE_END)
    if not token or len(after) < len(_LINE_END) or token.translate(None, _SESSION):
        return data, b""
    return before + _LINE_END + after, token


def cut_ticket(data: bytes) -> tuple[bytes, bytes]:
    """A poll without the ticket that it asks for, and the ticket; any bytes cut somehow if it is
    none.
    """
    before, asks, after = data.partition(_TICKET)
    ticket, space, after = after.partition(b" ")
    return before + asks + space + after, ticket


class Seen(dict[bytes, V]):
    """What was read of bytes that many send alike. It begins anew when it is full."""

    def keep(self, data: bytes, read: V) -> None:
        """To be told of what was read."""
        if len(self) >= ALIKE:
            self.clear()
        self[data] = read


class FastLane(Bounded):
    """One connection. `hot` is set by `fast_lane`.

    What each request needs of the class is in slots too, and what is called is put in a variable
    first: CPython 3.11 finds neither quickly otherwise.
    """

    __slots__ = ("_closing", "_find", "_held", "_hot", "_joining", "_joins", "_polls", "_slow")

    hot: HotAnswers
    heads: "Seen[Head | None]"
    polls: "Seen[tuple[str, bool]]"
    joins: "Seen[tuple[str, bool]]"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 uvicorn's
        super().__init__(*args, **kwargs)
        self._hot, self._polls, self._joins = self.hot, self.polls, self.joins
        self._find = self.hot.tickets.find
        self._slow = False  # this connection has seen something after which nothing is boring
        self._joining = False
        self._closing = False  # after the join that is under way
        self._held: list[bytes] = []  # as it was read: an upgrade ends what is read with it

    def data_received(self, data: bytes) -> None:
        """Takes a join or a poll, or hands the bytes on."""
        if self._joining:
            self._hold(data)
        elif not self._take(data):
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """An upgrade ends the fast lane on this connection."""
        self._slow = self._slow or self.parser.should_upgrade()
        super().on_headers_complete()

    def waits_for_client(self) -> bool:
        """Whether it is the client's turn to send something."""
        return not self._joining and super().waits_for_client()

    def shutdown(self) -> None:
        """The server ends: a join that is under way is answered first."""
        if self._joining:
            self._closing = True
        else:
            super().shutdown()

    def _take(self, data: bytes) -> bool:
        cycle = self.cycle
        if (  # something else is under way on this connection
            self._mid
            or self._slow
            or (cycle is not None and not cycle.response_complete)
            or self._stalled is not None
            or self.transport.is_closing()
        ):
            return False
        if not data.startswith(b"POST"):
            rest, ticket = cut_ticket(data)
            poll, find = self._polls.get(rest), self._find
            if poll is not None and (asked := find(ticket)) is not None:
                event, close = poll
                if asked[0] == event:
                    return self._answer(self._hot.poll(asked), close)
            return self._take_new(data, data, b"")
        rest, token = cut_bearer(data)
        join = self._joins.get(rest)
        return self._join(*join, token) if join is not None else self._take_new(data, rest, token)

    def _take_new(self, data: bytes, rest: bytes, token: bytes) -> bool:
        """`rest`: the request but for the line with the `token` of a session."""
        if len(data) > LONGEST:
            return False
        found = _REQUEST.match(rest)
        if found is None or rest.find(b"\r\n\r\n", found.end() - 2) != len(rest) - 4:
            return False
        head = self._read_head(rest[found.end() : -2])
        if head is None or (head.bearer and token):
            return False
        if found.lastindex != _JOIN:
            event = found[1].decode()
            self.polls.keep(cut_ticket(data)[0], (event, head.close))
            return self._first_poll(event, found[2], head.close)
        event = found[_JOIN].decode()
        if token:
            self.joins.keep(rest, (event, head.close))
        return self._join(event, head.close, head.bearer or token)

    def _read_head(self, lines: bytes) -> Head | None:
        if lines in self.heads:
            return self.heads[lines]
        head = read_head(lines)
        if head is None or not head.bearer:
            self.heads.keep(lines, head)
        return head

    def _first_poll(self, event: str, ticket: bytes, close: bool) -> bool:  # noqa: FBT001
        asked, refusal = self._hot.read_poll(event, ticket)
        return self._answer(refusal if asked is None else self._hot.poll(asked), close)

    def _answer(self, parts: Parts | None, close: bool) -> bool:  # noqa: FBT001
        if parts is None:
            return False
        self._send(parts, close)
        return True

    def _join(self, event: str, close: bool, bearer: bytes) -> bool:  # noqa: FBT001 as it is kept
        if not bearer:
            return False
        self._joining, self._closing = True, close
        if not self._hot.join(event, bearer.decode(), self._joined):
            self._joining = False
            return False
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        return True

    def _joined(self, parts: Parts) -> None:
        self._joining = False
        if self.transport.is_closing():
            return
        self._send(parts, self._closing)
        if self._held and not self._closing:
            held, self._held = self._held, []
            self.flow.resume_reading()
            for data in held:
                self.data_received(data)

    def _send(self, parts: Parts, close: bool) -> None:  # noqa: FBT001
        line, rest = parts
        state = self.server_state
        if state.default_headers is not _Own.pairs:
            _Own.set(state.default_headers)
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()  # `Bounded` looks after the connection
        self._active = self.loop.time()
        self.transport.write(line + _Own.lines + (CLOSING + rest if close else rest))
        state.total_requests += 1
        if close:
            self.transport.close()

    def _hold(self, data: bytes) -> None:
        """Keeps what comes behind a join that is under way."""
        self._held.append(data)
        if sum(map(len, self._held)) > HELD:
            self.flow.pause_reading()


def fast_lane(hot: HotAnswers) -> type[FastLane]:
    """The protocol for `uvicorn.Config(http=…)`."""
    shared = {"hot": hot, "heads": Seen(), "polls": Seen(), "joins": Seen()}
    return type("FastLane", (FastLane,), {"__slots__": (), **shared})
