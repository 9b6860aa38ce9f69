"""docs/programs.md tells organisers the bounds that `test_guards.py` tries on the chain."""

from pathlib import Path
from typing import Final

import pytest
from conting_client.generated import raffle, ticket

from tests.programs.people import DAY
from tests.programs.shows import ENDS
from tests.programs.test_draw_attacks import LONGEST_WAIT
from tests.programs.test_guards import BOUNDS
from tests.programs.test_raffle_refuses import MAX_PRICE
from tests.programs.test_ticket_late import DISPUTE
from tests.programs.world import SOL
from tests.rules import names, rows

DOC: Final = Path(__file__).parents[2] / "docs" / "programs.md"


def bounds(heading: str, end: str) -> dict[str, tuple[str, str, str]]:
    """First, last and refusal of each rule of a table."""
    table = rows(DOC.read_text().partition(heading)[2].partition(end)[0])
    return {names(rule)[0]: (low, high, names(error)[0]) for rule, low, high, error in table}


ROWS: Final = bounds("### Bounds of an event's rules", "### Instructions of ticket")
RAFFLE: Final = bounds("### Bounds of series and raffles", "### Instructions of raffle")
UNITS: Final = {"": 1, "slot": 1, "slots": 1, "minutes": 60, "day": 86_400, "days": 86_400}
SINCE: Final = {"dispute_until": ENDS, "close_from": DISPUTE}


def number(text: str) -> int:
    value, _, unit = text.partition(" ")
    return int(value.replace(",", "")) * UNITS[unit]


@pytest.mark.parametrize(("good", "bad", "error"), BOUNDS)
def test_a_bound_of_the_chain_is_the_one_in_the_document(
    good: dict[str, int], bad: dict[str, int], error: str
) -> None:
    name = next(iter(good))
    start, end, told = ROWS[name]
    value = good[name] - SINCE.get(name, 0)
    assert (number(start if bad[name] < good[name] else end), told) == (value, error)


# As `test_draw_attacks.py` and `test_raffle_refuses.py` try them.
DRAW: Final = {"bond": (SOL, None), "claim_window": (DAY, 14 * DAY)}
PRIZES: Final = {
    "bond": (SOL // 10, None),
    "claim_window": (7 * DAY, 365 * DAY),
    "fee": (None, 1_000),
    "max_hops": (None, 5),
    "price_cap": (None, MAX_PRICE),
    "winners": (1, None),
}


@pytest.mark.parametrize(("table", "tried"), [(ROWS, DRAW), (RAFFLE, PRIZES)])
def test_bounds_of_draws_and_raffles_are_those_in_the_document(
    table: dict[str, tuple[str, str, str]], tried: dict[str, tuple[int | None, int | None]]
) -> None:
    for name, expected in tried.items():
        for told, value in zip(table[name][:2], expected, strict=True):
            assert value is None or number(told) == value, name
    assert number(table["target_slot"][1].removesuffix(" slots")) == LONGEST_WAIT


def test_every_refusal_of_the_document_is_the_programs() -> None:
    for table, program in ((ROWS, ticket), (RAFFLE, raffle)):
        assert {error for *_, error in table.values()} <= set(program.ErrorCode.__members__)
