"""The two load generators: the same plan, the same requests, honest about what was not answered."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.load.bare import POLL, POST
from bench.load.crowd import SECOND_CLICK, Crowd, Plan, Requests
from bench.load.native import NativeCrowd
from bench.load.stage import run_helper

PLAN = Plan(users=24, per_second=60.0, seconds=3.5, connections=7)
HEAD = b" HTTP/1.1\r\nhost: here\r\n\r\n"
pytestmark = pytest.mark.slow
BOTH = pytest.mark.parametrize("kind", [Crowd, NativeCrowd])


def requests(users: int) -> Requests:
    joins = [b"POST /join/%d%b" % (user, HEAD) for user in range(users)]
    return Requests(joins, b"GET /status?ticket=", HEAD)


def play(kind: type[Crowd], port: int, plan: Plan = PLAN) -> Crowd:
    crowd = kind(plan, requests(plan.users))
    asyncio.run(crowd.play("127.0.0.1", port))
    crowd.read()
    return crowd


class Remembering(asyncio.Protocol):
    """Answers as the bare server, cut in two, and remembers; hangs up once, on a request `ends`.

    A request `waits` is answered after the user's first poll is due, `silent` not at all.
    """

    heard: list[bytes]
    ends = waits = silent = b"never"
    header = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard.append(data)
        if self.ends in data and self.heard.count(data) == 1:
            self.transport.abort()
            return
        if self.silent in data:
            return
        answer = POLL if data.startswith(b"GET") else POST
        answer = answer.replace(b"\r\n", b"\r\n" + self.header, 1)
        self.transport.write(answer[:100])
        loop = asyncio.get_running_loop()
        loop.call_later(3.3 if self.waits in data else 0, self.transport.write, answer[100:])


@contextmanager
def remembering(**kinds: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server's port, and what it hears."""
    heard: list[bytes] = []
    kind = type("Server", (Remembering,), {"heard": heard, **kinds})
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(kind, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()[1], heard
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(asyncio.sleep(0.01))
        loop.close()


def expected() -> list[tuple[int, float, bool]]:
    """Every request of the plan: user, second, whether it joins."""
    arrivals = [(user, round(user / PLAN.per_second, 9)) for user in range(PLAN.users)]
    joins = [(user, came, True) for user, came in arrivals]
    again = [
        (user, round(came + SECOND_CLICK, 9), True) for user, came in arrivals if user % 3 == 0
    ]
    polls = [
        (user, round(came + 3.2, 9), False) for user, came in arrivals if came + 3.2 <= PLAN.seconds
    ]
    return sorted(joins + again + polls)


@BOTH
def test_everybody_joins_and_polls_when_the_plan_says(kind: type[Crowd]) -> None:
    with remembering() as (port, heard):
        crowd = play(kind, port)
    answers = [*crowd.joins, *crowd.polls]
    asked = [(each.asked.user, round(each.asked.due, 9), each.asked.joins) for each in answers]
    assert sorted(asked) == expected()
    assert crowd.errors() == {}
    assert all(each.asked.due <= each.asked.sent <= each.at for each in answers)
    ticket = crowd.joins[0].told()["ticket"].encode()
    joins, polls = requests(PLAN.users).joins, b"GET /status?ticket=" + ticket + HEAD
    wanted = [joins[user] if joining else polls for user, _, joining in expected()]
    assert sorted(heard) == sorted(wanted)


@BOTH
def test_answers_come_whole_and_in_order(kind: type[Crowd]) -> None:
    with remembering() as (port, _):
        crowd = play(kind, port)
    assert {each.whole for each in crowd.joins} == {POST}
    assert {each.whole for each in crowd.polls} == {POLL}
    assert crowd.joins == sorted(crowd.joins, key=lambda each: each.at)


@BOTH
def test_a_connection_that_breaks_is_an_error_and_opened_again(kind: type[Crowd]) -> None:
    with remembering(ends=b"/join/9 ") as (port, _):
        crowd = play(kind, port)
    assert crowd.errors() == {"0": 1}
    assert [each.asked.user for each in crowd.joins if each.status == 0] == [9]
    polls = sorted(user for user, _, joins in expected() if not joins)
    assert sorted(each.asked.user for each in crowd.polls) == polls, "9 joins a second time"


@BOTH
def test_polls_wait_for_the_ticket_and_count_from_when_they_were_due(kind: type[Crowd]) -> None:
    with remembering(waits=b"/join/3 ") as (port, _):
        crowd = play(kind, port)
    assert crowd.errors() == {}
    polls = [each for each in crowd.polls if each.asked.user == 3]
    ticket = next(each.at for each in crowd.joins if each.asked.user == 3)
    assert [each.asked.due for each in polls] == [pytest.approx(3 / PLAN.per_second + 3.2)]
    assert polls[0].asked.sent >= ticket > polls[0].asked.due


@BOTH
def test_what_is_not_answered_is_an_error(
    kind: type[Crowd], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("crowd", "native"):
        monkeypatch.setattr(f"bench.load.{module}.PATIENCE", 0.5)
    with remembering(silent=b"/join/5 ") as (port, _):
        crowd = play(kind, port)
    behind = [each for each in expected() if each[0] % PLAN.connections == 5]
    assert crowd.errors() == {"no answer": len(behind)}
    assert len(crowd.joins) + len(crowd.polls) == len(expected()) - len(behind)


def test_answers_for_which_there_is_no_room_end_it() -> None:
    long = b"x: %b\r\n" % (b"a" * 2000)
    with remembering(header=long) as (port, _), pytest.raises(MemoryError):
        play(NativeCrowd, port)


def test_the_bare_server_answers_the_compiled_crowd() -> None:
    with run_helper("bench.load.bare") as (_, port):
        assert play(NativeCrowd, port).errors() == {}
