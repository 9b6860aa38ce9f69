"""docs/gateway.md says which files and tests hold each rule: they exist."""

from pathlib import Path

import pytest

from tests.rules import TESTS, names, require_tests, rows

ROOT = TESTS.parent
GATEWAY = ROOT / "gateway" / "conting_gateway"
ELSEWHERE = {
    "client": ROOT / "client" / "conting_client",
    "cli": ROOT / "cli" / "conting_cli",
    "bench": ROOT / "bench",
}
END = "## Where it differs from the design"
ROWS = rows((ROOT / "docs" / "gateway.md").read_text().partition(END)[0])


def file_of(name: str) -> Path:
    """Of the gateway, or of the folder that stands before it."""
    first, _, rest = name.partition("/")
    return ELSEWHERE[first] / rest if first in ELSEWHERE else GATEWAY / name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_what_holds_a_rule_exists(row: list[str]) -> None:
    held_by = names(row[1])
    assert held_by
    assert [name for name in held_by if not file_of(name).is_file()] == []
    require_tests(row[2], TESTS)


def test_every_part_of_the_gateway_holds_a_rule() -> None:
    """So a new one does not come without its rule."""
    named = {name.partition("/")[0] for row in ROWS for name in names(row[1])}
    parts = {each.parent.name for each in GATEWAY.glob("*/endpoints.py")}
    assert parts <= named
