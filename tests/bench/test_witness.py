"""What the peak's last line says of the order: a gateway that breaks it is found out."""

import json
from collections.abc import Sequence

import pytest

from bench.load.crowd import Answer, Asked, Crowd, Plan, Requests, Witness
from bench.peak import Outcome, report

Seen = tuple[list[Answer], list[Answer]]
USERS = 3


def answer(body: dict[str, int], user: int, at: float, *, joins: bool, status: int = 200) -> Answer:
    head = b"HTTP/1.1 %d OK\r\ncontent-length: 9\r\n\r\n" % status
    return Answer(Asked(user, at, at, joins), at + 0.01, head + json.dumps(body).encode())


def joined(*numbers: int) -> list[Answer]:
    return [
        answer({"number": number}, user % USERS, user / 10, joins=True)
        for user, number in enumerate(numbers)
    ]


def polled(*told: tuple[int, int, int]) -> list[Answer]:
    """Of user, place and people ahead, one after the other."""
    return [
        answer({"place": place, "ahead": ahead}, user, 1 + at, joins=False)
        for at, (user, place, ahead) in enumerate(told)
    ]


def look(joins: Sequence[Answer], polls: Sequence[Answer] = (), lag: float = 0.0) -> list[str]:
    return Witness(USERS, lag).look(joins, polls)


def test_an_order_that_held_is_not_blamed() -> None:
    polls = polled((0, 1, 0), (2, 3, 2), (1, 2, 0), (2, 3, 1), (2, 3, 0))
    assert look(joined(2, 1, 3, 2), polls) == []  # the last one clicks twice


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ((1, 1, 2), "two users have one place"),
        ((1, 2, 4), "places 1 to 4 for 3 users"),
        ((0, 1, 2), "places 0 to 2 for 3 users"),
        ((1, 2), "places 0 to 2 for 3 users"),  # one never got any
        ((1, 2, 3, 4), "user 0 had place 1 and now 4"),
    ],
)
def test_a_place_too_many_or_too_few_is_found(numbers: tuple[int, ...], said: str) -> None:
    assert said in look(joined(*numbers))


def test_nobody_and_nothing_goes_back() -> None:
    joins = joined(1, 2, 3)
    assert look(joins, polled((2, 3, 1), (2, 3, 2)))[0] == "user 2 went back from 1 to 2"
    line = polled((2, 3, 1), (1, 2, 1))  # 1 is being served, and then nobody
    assert look(joins, line) == ["the line went back from 1 to 0"]
    assert look(joins, line, lag=2.0) == []  # of several processes one may be so much behind


def test_the_last_line_has_what_it_promises() -> None:
    plan, requests = Plan(USERS, 1.0, 1.0, 1), Requests([], b"", b"")

    def outcome(polls: list[Answer]) -> Outcome:
        crowd = Crowd(plan, requests)
        crowd.joins, crowd.polls = joined(1, 2, 3), polls
        return Outcome(crowd, 1.0, {"gateway": 0.5})

    failed = answer({}, 0, 2.0, joins=False, status=503)
    line = report(plan, outcome([]), outcome([failed]), order_ok=True)
    assert (line["requests"], line["errors"], line["order_ok"]) == (4, 1, True)
    for name in ("p50_ms", "p99_ms", "max_ms", "bare_p99_ms", "bare_max_ms"):
        assert line[name] == pytest.approx(10, abs=0.01)
