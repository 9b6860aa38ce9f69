"""The gateway sets the pace of polls: by how long somebody has to wait, and spread."""

import asyncio
import heapq
import itertools
import random
import secrets
import time
from array import array
from collections.abc import Iterator

import pytest
from conting_gateway.limits.service import LocalLimits
from conting_gateway.redis import Redis
from conting_gateway.waitroom.pace import Pace
from conting_gateway.waitroom.store import Pulse, Room, Snapshot, WaitroomStore
from conting_gateway.waitroom.view import RoomView
from solders.pubkey import Pubkey

from tests.gateway.fastlane.servers import make_room
from tests.gateway.support import Gateway
from tests.gateway.waitroom.rooms import until

RATE = 10  # people a second


def view_of(*, seed: bytes | None) -> RoomView:
    room = Room("open", RATE, 1, 1, b"", b"", tail=10_000, serving=0, version=1, seed=seed)
    polls = LocalLimits(time.time, 1000)
    return RoomView(Pubkey.default(), Snapshot(room, {}, set(), ""), array("Q"), 0, 0, polls=polls)


@pytest.mark.parametrize(
    ("number", "seconds"),
    [(1, 2), (61, 2), (301, 10), (901, 30), (9_001, 30)],
)
def test_three_polls_within_the_wait_but_each_two_to_thirty_seconds(
    number: int, seconds: int
) -> None:
    """And a fifth more or less, as the dice fall."""
    view = view_of(seed=bytes(32))
    for dice, share in ((0.0, 0.8), (0.5, 1.0), (1.0, 1.2)):
        told = view.status(number, 0, 0, dice)
        assert (told.ahead, told.eta) == (number - 1, (number - 1) // RATE)
        assert told.next_poll_ms == pytest.approx(1000 * seconds * share, abs=1)


STAYS = 60.0, 300.0  # seconds: three minutes on average
LINE = 20_000  # people


def evening(*, rate: float, capacity: int, line: int = LINE) -> Iterator[tuple[float, RoomView]]:
    """A room whose guests stay three minutes or so, seen ten times a second from its opening."""
    room = Room("open", rate, capacity, 1, b"", b"", tail=line, serving=0, version=1, seed=b"s")
    polls = LocalLimits(time.time, 1000)
    found = Snapshot(room, {}, set(), "")
    view = RoomView(Pubkey.default(), found, array("Q"), 0, 0, polls=polls)
    inside, serving, tokens, chance = list[float](), 0, 0.0, random.Random(1)
    for tenth in itertools.count(1):
        now = tenth / 10
        while inside and inside[0] <= now:
            heapq.heappop(inside)
        tokens = min(tokens + rate / 10, max(rate, 1))
        free = min(int(tokens), capacity - len(inside), line - serving)
        tokens, serving = tokens - free, serving + free
        for _ in range(free):
            heapq.heappush(inside, now + chance.uniform(*STAYS))
        assert view.apply(Pulse("open", serving, line, 1, 1, [], ""), now)
        yield now, view


@pytest.mark.parametrize("minutes", [6, 8, 20])
def test_in_a_full_room_the_wait_is_told_by_how_fast_the_line_moves(minutes: int) -> None:
    """500 who stay for three minutes leave 2.8 places a second, whatever the rate would allow."""
    told, number = None, 0
    for now, view in evening(rate=50, capacity=500):
        if told is None and now >= 60 * minutes:
            number = view.room.serving + 1001
            told = now, view.status(number, 0, now, 0.5)
        if told is not None and view.room.serving >= number:
            break
    assert told is not None
    began, status = told
    assert status.ahead == 1000
    assert status.eta == pytest.approx(now - began, rel=0.25)
    assert status.rate == 50  # what is allowed at most


def test_where_the_rate_alone_holds_people_back_the_wait_is_told_by_it() -> None:
    for now, view in evening(rate=7, capacity=100_000):
        if now >= 1500:
            break
        if now > 20:
            told = view.status(view.room.serving + 701, 0, now, 0.5)
            assert (told.ahead, told.eta) == (700, 100)


def test_a_line_that_was_empty_or_not_heard_of_is_measured_anew() -> None:
    pace = Pace(10.0, 5)
    for second in range(31):
        pace.move(second, second // 10, is_waited=True)
    assert pace.a_second == pytest.approx(0.1)
    pace.move(31, 3, is_waited=False)
    assert pace.a_second == 10
    for second in range(32, 63):
        pace.move(second, 3 + 2 * (second - 31), is_waited=True)
    assert pace.a_second == pytest.approx(2)
    pace.move(100, 65, is_waited=True)  # Redis was away, and nobody was let in
    for second in range(101, 112):
        pace.move(second, 65 + 3 * (second - 100), is_waited=True)
    assert pace.a_second == pytest.approx(3)


@pytest.mark.parametrize(("measured", "told"), [(9.7, 10), (9, 9)])
def test_a_line_that_moves_nearly_at_its_rate_is_told_to(measured: float, told: float) -> None:
    """A bucket that is looked at ten times a second gives no more."""
    pace = Pace(10.0, 1000)
    for second in range(101):
        pace.move(second, int(measured * second), is_waited=True)
    assert pace.a_second == pytest.approx(told)


def test_a_room_in_which_nobody_moves_still_tells_a_time() -> None:
    pace = Pace(10.0, 60)
    for second in range(10_000):
        pace.move(second, 0, is_waited=True)
    assert pace.a_second == pytest.approx(0.1)  # all 60 will have gone in ten minutes


@pytest.mark.anyio
async def test_a_new_copy_of_a_room_tells_the_wait_as_it_was_measured(
    desk: Gateway, redis: Redis
) -> None:
    """As after a takeover, when all ask: not what the rate alone would say."""
    store, event, secret = WaitroomStore(redis), Pubkey.new_unique(), secrets.token_bytes(32)
    await store.configure(event, rate=1000, capacity=1, beacon_slot=1, secret=secret, commit=secret)
    await store.close(event)
    await store.open(event, 1, secret, secret)
    waitroom, name = desk.services.waitroom, str(event)
    await waitroom.public(event)
    await store.join(event, 10, ["inside", "next", "after"])

    async def is_next(eta: int) -> bool:
        desk.now.ahead += 1  # of seconds that are measured
        told = waitroom.status_here(name, 3, 0)
        return told is not None and told[4] == eta

    await until(lambda: is_next(600))  # one person ahead, of whom one leaves in ten minutes
    await store.configure(event, rate=1000, capacity=1, beacon_slot=1, secret=secret, commit=secret)
    view = waitroom._known(name)
    await until(lambda: asyncio.sleep(0, waitroom._known(name) is not view))
    assert await is_next(600)
    await store.configure(event, rate=2, capacity=1, beacon_slot=1, secret=secret, commit=secret)
    await until(lambda: is_next(0))  # nothing of that is known yet but the rate


def test_before_the_draw_it_is_two_seconds() -> None:
    view = view_of(seed=None)
    assert [view.status(1, 0, 0, dice).next_poll_ms for dice in (0.0, 1.0)] == [1600, 2400]


@pytest.mark.anyio
async def test_those_who_ask_together_do_not_ask_together_again(
    desk: Gateway, redis: Redis
) -> None:
    event = str(await make_room(desk, redis))
    told = [desk.services.waitroom.status_here(event, number, 0) for number in range(100, 200)]
    later = sorted(status[5] for status in told if status is not None)
    assert 24_000 <= later[0] < 25_000
    assert 35_000 < later[-1] <= 36_000
    gaps = [after - before for before, after in itertools.pairwise(later)]
    assert max(gaps) < 500  # no crowd, and no hole after which one begins
