"""A crowd that joins a waiting room and polls: open loop, timed from the scheduled moment.

Everybody comes at an own moment, whatever the server does. Every third one clicks join twice. All
poll every 3.2 s until the end. A request that waits in the generator waits in the measurement.
"""

import asyncio
import time
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic_core import from_json

from bench.load.wire import Wire

TICK: Final = 0.001  # seconds between two looks at the schedule
POLL_EVERY: Final = 3.2  # seconds
SECOND_CLICK: Final = 0.5  # seconds after the first
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


class Witness:
    """Looks at each answer: one place for each, without gaps, never later, served in order.

    One process never tells of an earlier moment than before. Of several, each knows the line as it
    was at most `lag` seconds ago.
    """

    def __init__(self, users: int, lag: float = 0.0) -> None:
        self.numbers = [0] * users
        self.problems: list[str] = []
        self._lag = lag
        self._serving = 0
        self._told: deque[tuple[float, int]] = deque()
        self._ahead = [1 << 60] * users

    def joined(self, user: int, number: int) -> None:
        """A join was answered with a number."""
        if self.numbers[user] not in {0, number}:
            self._blame(f"user {user} had place {self.numbers[user]} and now {number}")
        self.numbers[user] = number

    def serving(self, now: float) -> int:
        """How far the line has to be in the answer to a poll that is sent now (seconds)."""
        while self._told and self._told[0][0] <= now - self._lag:
            self._serving = self._told.popleft()[1]
        return self._serving

    def stands(self, user: int, place: int, ahead: int, known: int, now: float) -> None:
        """A poll was answered; `known`: what `serving` said when it was sent."""
        if ahead > self._ahead[user]:
            self._blame(f"user {user} went back from {self._ahead[user]} to {ahead}")
        self._ahead[user] = ahead
        if ahead > 0:
            serving = place - ahead - 1
            if serving < known:
                self._blame(f"the line went back from {known} to {serving}")
            if serving > (self._told[-1][1] if self._told else self._serving):
                self._told.append((now, serving))

    def verdict(self) -> list[str]:
        """What was wrong; empty if nothing was."""
        first, last = min(self.numbers), max(self.numbers)
        if len(set(self.numbers)) != len(self.numbers):
            self._blame("two users have one place")
        if last - first != len(self.numbers) - 1 or first < 1:
            self._blame(f"places {first} to {last} for {len(self.numbers)} users")
        return self.problems

    def _blame(self, problem: str) -> None:
        if len(self.problems) < 10:
            self.problems.append(problem)


class Crowd:
    """Plays a plan against a server."""

    def __init__(self, plan: Plan, requests: Requests, witness: Witness | None) -> None:
        self._plan = plan
        self._requests = requests
        self._witness = witness
        self._tickets: list[bytes | None] = [None] * plan.users
        self._early: dict[int, list[float]] = {}  # polls that are due before the ticket is there
        self._wires: list[Wire] = []
        self._start = 0.0
        self._open = 0
        self.joins, self.polls = array("d"), array("d")
        """How long each took, in seconds."""
        self.errors: dict[str, int] = {}

    async def play(self, host: str, port: int) -> None:
        """Sends everything and waits for the last answer."""
        self._wires = [Wire(host, port) for _ in range(self._plan.connections)]
        for start in range(0, len(self._wires), 100):
            await asyncio.gather(*(wire.open() for wire in self._wires[start : start + 100]))
        self._start = time.perf_counter() + 0.5
        await self._send_all()
        end = time.perf_counter() + PATIENCE
        while (self._open or self._early) and time.perf_counter() < end:  # noqa: ASYNC110 a look now and then costs least
            await asyncio.sleep(0.01)
        if late := self._open + sum(map(len, self._early.values())):
            self.errors["no answer"] = late
        for wire in self._wires:
            wire.close()

    async def _send_all(self) -> None:
        """Runs along several lists of users, each in order of time, instead of sorting all."""
        streams = self._streams()
        while streams:
            now = time.perf_counter() - self._start
            streams = [stream for stream in streams if stream(now)]
            await asyncio.sleep(TICK)

    def _streams(self) -> list[Callable[[float], bool]]:
        plan = self._plan
        rounds = range(1, plan.polls(0) + 1)
        everybody, thirds = range(plan.users), range(0, plan.users, 3)
        return [
            self._stream(everybody, 0.0, self._join),
            self._stream(thirds, SECOND_CLICK, self._join),
            *(self._stream(everybody, k * POLL_EVERY, self._poll, k) for k in rounds),
        ]

    def _stream(
        self, users: range, delay: float, act: Callable[[int, float], None], polls: int = 0
    ) -> Callable[[float], bool]:
        """Sends what is due; False when there is no more."""
        at = 0

        def advance(now: float) -> bool:
            nonlocal at
            while at < len(users):
                user = users[at]
                due = self._plan.arrival(user) + delay
                if polls > self._plan.polls(user):
                    return False
                if due > now:
                    return True
                act(user, due)
                at += 1
            return False

        return advance

    def _join(self, user: int, due: float) -> None:
        def answered(status: int, body: bytes) -> None:
            self._done(self.joins, due, status)
            if status == 200:
                found = from_json(body)
                self._tickets[user] = found["ticket"].encode()
                if self._witness is not None:
                    self._witness.joined(user, found["number"])
            for waiting in self._early.pop(user, ()):
                self._poll(user, waiting)

        self._open += 1
        self._wire(user).send(self._requests.joins[user], answered)

    def _poll(self, user: int, due: float) -> None:
        ticket = self._tickets[user]
        if ticket is None:
            self._early.setdefault(user, []).append(due)
            return
        known = self._witness.serving(time.perf_counter()) if self._witness is not None else 0

        def answered(status: int, body: bytes) -> None:
            self._done(self.polls, due, status)
            if status == 200 and self._witness is not None:
                found = from_json(body)
                now = time.perf_counter()
                self._witness.stands(user, found["place"], found["ahead"], known, now)

        self._open += 1
        request = self._requests.poll_before + ticket + self._requests.poll_after
        self._wire(user).send(request, answered)

    def _done(self, times: "array[float]", due: float, status: int) -> None:
        self._open -= 1
        times.append(time.perf_counter() - self._start - due)
        if status != 200:
            self.errors[str(status)] = self.errors.get(str(status), 0) + 1

    def _wire(self, user: int) -> Wire:
        return self._wires[user % len(self._wires)]
