"""Windows of one process: what counts, and what a clock that jumps does to them."""

import pytest
from conting_gateway.errors import RateLimitedError
from conting_gateway.limits.service import WINDOW, LocalLimits

from tests.gateway.support import Now

MIDDLE = 1_000 * WINDOW + WINDOW / 2
DAY = 86_400


def stopped(moment: float) -> Now:
    return Now(stopped=moment)


def spend_all(limits: LocalLimits, budget: int) -> RateLimitedError:
    for _ in range(budget):
        limits.spend("somebody")
    with pytest.raises(RateLimitedError) as refused:
        limits.spend("somebody")
    limits.spend("another")
    return refused.value


def test_a_window_ends_and_the_wait_that_was_told_was_enough() -> None:
    now = stopped(MIDDLE)
    limits = LocalLimits(now, 3)
    wait = spend_all(limits, 3).problem().retry_after
    assert wait is not None
    now.ahead += wait
    spend_all(limits, 3)


@pytest.mark.parametrize("jump", [DAY, -DAY, WINDOW, -WINDOW], ids=str)
def test_nobody_waits_longer_than_a_window_however_the_clock_jumps(jump: float) -> None:
    now = stopped(MIDDLE)
    limits = LocalLimits(now, 3)
    spend_all(limits, 3)
    for ahead in (jump, 0.0):  # there, and back
        now.ahead = ahead
        wait = spend_all(limits, 3).problem().retry_after
        assert wait is not None
        assert 0 < wait <= WINDOW
