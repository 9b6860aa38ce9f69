"""Joins and polls as complete HTTP answers, without the framework: what the fast lane sends.

The same services decide, and the same errors are answered, as for everybody else: this module only
writes bytes. What it does not know how to answer it leaves to the framework (None, False).
"""

import logging
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from http import HTTPStatus
from typing import Final, get_args

from conting_gateway.auth.service import Auth
from conting_gateway.clock import Entropy
from conting_gateway.errors import (
    GatewayError,
    InternalError,
    StoreUnavailableError,
    answer_of,
)
from conting_gateway.redis import RedisError
from conting_gateway.waitroom.recent import Recent
from conting_gateway.waitroom.service import Waitroom
from conting_gateway.waitroom.view import CACHED, PlaceState, Told

log = logging.getLogger(__name__)

BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Upper bounds of the counts of waiting times, in seconds; one more count for what is above."""

_OK: Final = b"HTTP/1.1 200 OK\r\n"
_JSON: Final = (
    b"%bcontent-type: application/json\r\nx-request-id: %b%d\r\ncontent-length: %d\r\n\r\n%b"
)
_POLL: Final = (
    b"cache-control: %b\r\ncontent-type: application/json\r\n"
    b"x-request-id: %%b%%d\r\ncontent-length: %%d\r\n\r\n%%b" % CACHED.encode()
)
_PLACED: Final = (
    b'{"state":"%b","place":%d,"ahead":%d,"rate":%b,"eta_seconds":%d,'
    b'"next_poll_ms":%d,"stale":%b%b}'
)
_STATES: Final = {state: state.encode() for state in get_args(PlaceState)}
_UNDECIDED: Final = (
    b'{"state":"%b","place":null,"ahead":null,"rate":%b,"eta_seconds":null,'
    b'"next_poll_ms":%d,"stale":%b%b}'
)
_JOINED: Final = b',"number":%d,"ticket":"%b"'


class HotAnswers:
    """Answers in two parts: the status line, and everything after it but the connection's headers.

    Between them the server puts headers of its own.
    """

    def __init__(self, auth: Auth, waitroom: Waitroom, entropy: Entropy) -> None:
        self._auth = auth
        self._waitroom = waitroom
        self._run = entropy(4).hex().encode()
        self._requests = 0
        self.tickets: Recent[bytes, Poll] = Recent()
        """What place tickets stand for, of those that were signed or read in this process: a
        genuine one stays good for the same place. Some 400 bytes each."""
        self.polls: Counter[int] = Counter()
        """How many were answered, by status."""
        self.joins: Counter[int] = Counter()
        self.waits = [0] * (len(BUCKETS) + 1)
        """How many joins waited so long for their answer."""
        self.waited = 0.0
        """All their waiting together, in seconds."""

    def read_poll(self, event: str, ticket: bytes) -> "tuple[Poll | None, Parts | None]":
        """What GET …/queue/status asks, or its refusal; neither leaves it to the framework."""
        try:
            place = self._waitroom.read_ticket(event, ticket.decode())
        except GatewayError as error:
            return None, self._refuse(error, self.polls) if self._waitroom.knows(event) else None
        asked = place.event, place.number, place.era
        self.tickets.keep(ticket, asked)
        return asked, None

    def poll(self, asked: "Poll") -> "Parts | None":
        """The answer to a poll that was read; None leaves it to the framework."""
        try:
            event, number, era = asked
            status = self._waitroom.status_here(event, number, era)
        except Exception as error:  # noqa: BLE001 becomes an answer
            return self._refuse(error, self.polls)
        if status is None:
            return None
        self.polls[200] += 1
        self._requests += 1
        body = _status(status)
        return _OK, _POLL % (self._run, self._requests, len(body), body)

    def join(self, event: str, token: str, answer: "Callable[[Parts], None]") -> bool:
        """Has POST …/queue/join answered, now or later; False leaves it to the framework."""
        began = time.perf_counter()

        def joined(guest: str, outcome: int | Exception) -> None:
            answer(self._joined(event, guest, outcome, began))

        try:
            return self._waitroom.join_here(self._auth.read_wallet(token), event, joined)
        except Exception as error:  # noqa: BLE001 becomes an answer
            answer(self._refuse(error, self.joins))
            return True

    def _joined(self, event: str, guest: str, outcome: int | Exception, began: float) -> "Parts":
        waited = time.perf_counter() - began
        self.waits[bisect_left(BUCKETS, waited)] += 1
        self.waited += waited
        if isinstance(outcome, Exception):
            return self._refuse(outcome, self.joins)
        try:
            ticket, era, status = self._waitroom.joined(event, guest, outcome)
        except Exception as error:  # noqa: BLE001 becomes an answer
            return self._refuse(error, self.joins)
        self.joins[200] += 1
        signed = ticket.encode()
        self.tickets.keep(signed, (event, outcome, era))
        return _OK, self._json(_status(status, _JOINED % (outcome, signed)))

    def _json(self, body: bytes, headers: bytes = b"") -> bytes:
        self._requests += 1
        return _JSON % (headers, self._run, self._requests, len(body), body)

    def _refuse(self, error: Exception, counts: Counter[int]) -> "Parts":
        if isinstance(error, RedisError):
            error = StoreUnavailableError()
        if not isinstance(error, GatewayError):
            facts = {"request": f"{self._run.decode()}{self._requests + 1}"}  # as `_json` counts on
            log.error("the fast lane failed", exc_info=error, extra={"facts": facts})
            error = InternalError()
        counts[error.status] += 1
        status, headers, body = answer_of(error)
        line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n".encode()
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return line, self._json(body.encode(), more.encode())


Parts = tuple[bytes, bytes]
"""Status line; headers and body."""


Poll = tuple[str, int, int]
"""A place that is asked for: event, number, era.

A plain tuple, which the garbage collector looks at only once: a hundred thousand may be kept.
"""


def _status(status: Told, more: bytes = b"") -> bytes:
    """A StatusAnswer in JSON, with `more` at its end."""
    state, place, ahead, rate, eta, next_poll, stale = status
    is_stale = b"true" if stale else b"false"
    if place is None:
        return _UNDECIDED % (_STATES[state], _number(rate), next_poll, is_stale, more)
    told = _STATES[state], place, ahead, _number(rate), eta, next_poll, is_stale, more
    return _PLACED % told


@lru_cache(maxsize=64)
def _number(value: float) -> bytes:
    """In JSON; writing one costs as much as the rest of an answer, and rooms keep their rates."""
    return repr(value).encode()
