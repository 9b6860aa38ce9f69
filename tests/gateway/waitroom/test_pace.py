"""The gateway sets the pace of polls: by how long somebody has to wait, and spread."""

import itertools
import time
from array import array

import pytest
from conting_gateway.limits.service import LocalLimits
from conting_gateway.redis import Redis
from conting_gateway.waitroom.store import Room, Snapshot
from conting_gateway.waitroom.view import RoomView
from solders.pubkey import Pubkey

from tests.gateway.fastlane.servers import make_room
from tests.gateway.support import Gateway

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
