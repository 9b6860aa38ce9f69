"""docs/programs.md tells organisers the bounds that `test_guards.py` tries on the chain."""

from pathlib import Path
from typing import Final

import pytest
from conting_client.generated.ticket import ErrorCode

from tests.programs.shows import ENDS
from tests.programs.test_guards import BOUNDS
from tests.programs.test_ticket_late import DISPUTE
from tests.rules import names, rows

DOC: Final = Path(__file__).parents[2] / "docs" / "programs.md"
START, END = "### Bounds of an event's rules", "### Instructions of ticket"
ROWS: Final = {
    names(rule)[0]: (start, end, names(error)[0])
    for rule, start, end, error in rows(DOC.read_text().partition(START)[2].partition(END)[0])
}
UNITS: Final = {"": 1, "slots": 1, "minutes": 60, "day": 86_400, "days": 86_400}
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


def test_every_refusal_of_the_document_is_the_programs() -> None:
    assert {error for *_, error in ROWS.values()} <= set(ErrorCode.__members__)
