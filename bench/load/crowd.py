"""A crowd that joins a waiting room and polls: open loop, timed from the scheduled moment.

Everybody comes at an own moment, whatever the server does. Every third one clicks join twice. All
poll every 3.2 s until the end. A request that waits in the generator waits in the measurement.
Answers are kept as they came, in plain tuples, and read afterwards: the generator shares the cores
with the server.
"""

import asyncio
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from bench.load.wire import Wire, body_of, status_of

TICK: Final = 0.001  # seconds between two looks at the schedule
POLL_EVERY: Final = 3.2  # seconds
SECOND_CLICK: Final = 0.5  # seconds after the first
TICKET: Final = b'"ticket":"'
PAUSE: Final = 0.5  # seconds between the last connection and the first user
PATIENCE: Final = 30.0  # seconds after the end that late answers are waited for


@dataclass(frozen=True)
class Plan:
    """How many come, how many a second, how long it lasts from the first arrival (seconds)."""

    users: int
    per_second: float
    seconds: float
    connections: int

    def arrival(self, user: int) -> float:
        """When a user comes, in seconds from the start."""
        return user / self.per_second

    def polls(self, user: int) -> int:
        """How often a user polls before the end."""
        return int((self.seconds - self.arrival(user)) / POLL_EVERY)


@dataclass(frozen=True)
class Requests:
    """What to send: a whole join of each user, and the parts of a poll around the ticket."""

    joins: Sequence[bytes]
    poll_before: bytes
    poll_after: bytes


class Asked(NamedTuple):
    """A request; times in seconds from the start."""

    user: int
    due: float
    sent: float
    """When it was handed on: later than `due` if the generator itself is late."""
    joins: bool
    """Whether it is a join; else a poll."""


UserList = tuple[range, float, bool]
"""Users in order of time, how many seconds after they came they send, and whether they join."""

_Asked = tuple[int, float, float, bool]
"""An Asked without its names, which cost as much as all the rest of sending it."""


class Answer(NamedTuple):
    """What came of it, and when (seconds from the start)."""

    asked: Asked
    at: float
    whole: bytes

    @property
    def took(self) -> float:
        """Seconds from the scheduled moment."""
        return self.at - self.asked.due

    @property
    def status(self) -> int:
        """0: the connection broke."""
        return status_of(self.whole)

    def told(self) -> Any:  # noqa: ANN401 any JSON
        """The body."""
        return from_json(body_of(self.whole))


class Witness:
    """Looks at each answer: one place for each, without gaps, never later, served in order.

    One process never tells of an earlier moment than before. Of several, each knows the line as it
    was at most `lag` seconds ago.
    """

    def __init__(self, users: int, lag: float = 0.0) -> None:
        self._numbers = [0] * users
        self._problems: list[str] = []
        self._lag = lag
        self._told_at, self._told = [float("-inf")], [0]
        """When an answer first told how far the line had come; both rise."""
        self._ahead = [1 << 60] * users

    def look(self, joins: Sequence[Answer], polls: Sequence[Answer]) -> list[str]:
        """What was wrong; empty if nothing was. Both in the order in which they came."""
        for answer in joins:
            if answer.status == 200:
                self._joined(answer.asked.user, answer.told()["number"])
        for answer in polls:
            if answer.status == 200:
                self._stands(answer)
        first, last = min(self._numbers), max(self._numbers)
        if len(set(self._numbers)) != len(self._numbers):
            self._blame("two users have one place")
        if last - first != len(self._numbers) - 1 or first < 1:
            self._blame(f"places {first} to {last} for {len(self._numbers)} users")
        return self._problems

    def _joined(self, user: int, number: int) -> None:
        if self._numbers[user] not in {0, number}:
            self._blame(f"user {user} had place {self._numbers[user]} and now {number}")
        self._numbers[user] = number

    def _stands(self, answer: Answer) -> None:
        told, user = answer.told(), answer.asked.user
        ahead = told["ahead"]
        if ahead > self._ahead[user]:
            self._blame(f"user {user} went back from {self._ahead[user]} to {ahead}")
        self._ahead[user] = ahead
        if ahead > 0:
            serving = told["place"] - ahead - 1
            known = self._told[bisect_right(self._told_at, answer.asked.sent - self._lag) - 1]
            if serving < known:
                self._blame(f"the line went back from {known} to {serving}")
            if serving > self._told[-1]:
                self._told_at.append(answer.at)
                self._told.append(serving)

    def _blame(self, problem: str) -> None:
        if len(self._problems) < 10:
            self._problems.append(problem)


class Crowd:
    """Plays a plan against a server."""

    def __init__(self, plan: Plan, requests: Requests) -> None:
        self._plan = plan
        self._requests = requests
        self._polls: list[bytes | None] = [None] * plan.users
        self._early: dict[int, list[float]] = {}  # polls that are due before the ticket is there
        self._wires: list[Wire[_Asked]] = []
        self._start = 0.0
        self._unanswered = 0
        self._heard: list[tuple[_Asked, float, bytes]] = []
        self.joins: list[Answer] = []
        """In the order in which they came, as the polls are."""
        self.polls: list[Answer] = []

    async def play(self, host: str, port: int) -> None:
        """Sends everything and waits for the last answer."""
        self._wires = [Wire(host, port, self._answered) for _ in range(self._plan.connections)]
        for start in range(0, len(self._wires), 100):
            await asyncio.gather(*(wire.open() for wire in self._wires[start : start + 100]))
        self._start = time.perf_counter() + PAUSE
        sent = await self._send_all()
        end = time.perf_counter() + PATIENCE
        while (  # noqa: ASYNC110 a look now and then costs least
            late := sent - len(self._heard)
        ) and time.perf_counter() < end:
            await asyncio.sleep(0.01)
        self._unanswered = late
        for wire in self._wires:
            wire.close()

    def read(self) -> None:
        """Makes Answers of what came; once, after `play`, so that it is no part of the load."""
        for asked, at, whole in self._heard:
            answer = Answer(Asked(*asked), at, whole)
            (self.joins if answer.asked.joins else self.polls).append(answer)
        self._heard.clear()

    def errors(self) -> dict[str, int]:
        """How many requests failed, by status; 0: the connection broke."""
        counts = Counter(answer.status for answer in (*self.joins, *self.polls))
        found = {str(status): count for status, count in counts.items() if status != 200}
        return found | ({"no answer": self._unanswered} if self._unanswered else {})

    async def _send_all(self) -> int:
        """How many requests it were, also those that wait for a ticket.

        Runs along several lists of users, each in order of time, instead of sorting all.
        """
        streams, sent = self._streams(), 0
        while streams:
            now = time.perf_counter() - self._start
            counts = [(stream, stream(now)) for stream in streams]
            streams = [stream for stream, count in counts if count is not None]
            sent += sum(count or 0 for _, count in counts)
            await asyncio.sleep(TICK)
        return sent

    def lists(self) -> "list[UserList]":
        """Who sends what when: joins, joins again, and each round of polls."""
        plan = self._plan
        rounds = range(1, plan.polls(0) + 1)
        return [
            (range(plan.users), 0.0, True),
            (range(0, plan.users, 3), SECOND_CLICK, True),
            *((self._pollers(k), k * POLL_EVERY, False) for k in rounds),
        ]

    def _streams(self) -> "list[Callable[[float], int | None]]":
        return [self._stream(*each) for each in self.lists()]

    def _pollers(self, times: int) -> range:
        """Who polls so often before the end: those who came early enough."""
        plan = self._plan
        return range(bisect_right(range(plan.users), -times, key=lambda user: -plan.polls(user)))

    def _stream(
        self,
        users: range,
        delay: float,
        joins: bool,  # noqa: FBT001 as in a UserList
    ) -> "Callable[[float], int | None]":
        """Sends what is due and says how much; None when there is no more."""
        at, per_second = 0, self._plan.per_second
        requests: Sequence[bytes | None] = self._requests.joins if joins else self._polls

        def advance(now: float) -> int | None:
            nonlocal at
            began = at
            while at < len(users) and (due := users[at] / per_second + delay) <= now:
                user = users[at]
                at += 1
                if (request := requests[user]) is None:
                    self._early.setdefault(user, []).append(due)
                else:
                    self._send(request, user, due, joins)
            return at - began if at > began or at < len(users) else None

        return advance

    def _send(self, request: bytes, user: int, due: float, joins: bool) -> None:  # noqa: FBT001
        asked = user, due, time.perf_counter() - self._start, joins
        self._wires[user % self._plan.connections].send(request, asked)

    def _answered(self, asked: "_Asked", answer: bytes) -> None:
        self._heard.append((asked, time.perf_counter() - self._start, answer))
        user, _, _, joins = asked
        if not joins:
            return
        _, found, after = answer.partition(TICKET)
        if not found:
            return
        ticket, requests = after[: after.index(b'"')], self._requests
        poll = self._polls[user] = requests.poll_before + ticket + requests.poll_after
        for due in self._early.pop(user, ()):
            self._send(poll, user, due, False)  # noqa: FBT003
