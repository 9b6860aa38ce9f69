"""The hand-off of a seat succeeds k in N, and would succeed always without the re-draw."""

import pytest

from bench.handoff import CASES, ROUNDS, Rate, first_come, first_in_first_out, played, simulated


@pytest.mark.parametrize(("k", "n"), [case for case in CASES if case[1] >= 5])
def test_k_in_n(k: int, n: int) -> None:
    rate = simulated(k, n, ROUNDS)
    spread = (k / n * (1 - k / n) / ROUNDS) ** 0.5
    assert abs(rate.share - k / n) < 3.3 * spread  # one in a thousand lies outside


@pytest.mark.parametrize(("k", "n"), CASES)
@pytest.mark.slow
def test_the_controls_hand_on(k: int, n: int) -> None:
    assert first_come(k, n, 100).share == 1
    assert first_in_first_out(k, n, 100).share == 1


@pytest.mark.slow
@pytest.mark.parametrize(("k", "n"), [(1, 2), (2, 5)])
def test_played_on_the_chain(k: int, n: int) -> None:
    rate = played(k, n, 200)
    spread = (k / n * (1 - k / n) / rate.rounds) ** 0.5
    assert abs(rate.share - k / n) < 3.3 * spread


def test_the_interval_is_wilsons() -> None:
    """Checked by hand: 8 of 10."""
    low, high = Rate(8, 10).interval
    assert (round(low, 3), round(high, 3)) == (0.490, 0.943)
