"""What the raffle program refuses although nobody attacks: bounds, and each error's name."""

from pathlib import Path

import pytest

from tests.compiled import compiled
from tests.programs.people import DAY
from tests.programs.raffles import CLOSES, Bazaar, Changes, Rules, bazaar, bazaars
from tests.programs.shows import ENDS
from tests.programs.world import SOL, refused

CLOSE_FROM = ENDS + 30 * DAY
LONGEST_WAIT = 19_440_000
MAX_PRICE = 10**15


@pytest.fixture(scope="module")
def on() -> Bazaar:
    """Nothing here changes the chain."""
    return bazaar(seats=1)


@pytest.mark.parametrize(
    ("rules", "error"),
    [
        (Rules(closes=CLOSE_FROM + 1), "BAD_TIMES"),
        (Rules(closes=0), "BAD_TIMES"),
        (Rules(price_cap=MAX_PRICE + 1), "BAD_PRICE"),
        (Rules(fee=1_001), "BAD_FEE"),
        (Rules(max_hops=6), "BAD_HOPS"),
        (Rules(name="n" * 41), "TEXT_TOO_LONG"),
        (Rules(uri="u" * 121), "TEXT_TOO_LONG"),
    ],
)
def test_a_series_outside_its_bounds(on: Bazaar, rules: Rules, error: str) -> None:
    refused(on.show.by_organiser(on.create_series(**rules)), error)


def test_a_series_on_its_bounds() -> None:
    bazaars(
        7, seats=0, closes=CLOSE_FROM, price_cap=MAX_PRICE, fee=1_000, max_hops=5,
        name="é" * 40, uri="u" * 120,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        (Changes(winners=0), "NO_PRIZES"),
        (Changes(closes=CLOSES + 1), "BAD_TIMES"),
        (Changes(opens=CLOSES, closes=CLOSES), "BAD_TIMES"),
        (Changes(opens=0, closes=1), "BAD_TIMES"),
        (Changes(claim_window=7 * DAY - 1), "BAD_TIMES"),
        (Changes(claim_window=365 * DAY + 1), "BAD_TIMES"),
        (Changes(bond=SOL // 10 - 1), "BAD_BOND"),
    ],
)
def test_a_raffle_outside_its_bounds(on: Bazaar, terms: Changes, error: str) -> None:
    refused(on.show.by_organiser(on.create_raffle(**terms)), error)


@pytest.mark.parametrize("ahead", [-1, 0, LONGEST_WAIT + 1])
def test_a_draw_that_is_not_ahead(on: Bazaar, ahead: int) -> None:
    call = on.create_raffle(target_slot=on.world.slot + ahead)
    refused(on.show.by_organiser(call), "BAD_TARGET")


def test_a_raffle_that_closes_now(on: Bazaar) -> None:
    call = on.create_raffle(opens=0, closes=on.world.now)
    refused(on.show.by_organiser(call), "BAD_TIMES")


def test_a_raffle_on_its_bounds() -> None:
    on = bazaar(seats=0)
    slot = on.world.slot
    on.opened(0, closes=CLOSES, claim_window=7 * DAY, bond=SOL // 10, target_slot=slot + 1)
    on.opened(1, claim_window=365 * DAY, target_slot=slot + LONGEST_WAIT)


def test_every_error_is_met_in_a_test() -> None:
    texts = "".join(
        each.read_text()
        for pattern in ("test_raffle_*.py", "test_market_*.py")
        for each in Path(__file__).parent.glob(pattern)
    )
    own = {each.name for each in compiled("raffle").program.errors}
    assert {name for name in own if f'"{name}"' not in texts} == set()
