"""No program costs more than its row in bench/rows.py allows; what the table says is there."""

import pytest

from bench.costs import ARCHES, Cost, cost, table
from bench.rows import ROWS, Row

LIMITED = [row for row in ROWS if row.target is not None]
PROLOGUE = 1
"""CU by which v0 may cost more: it looks whether the loader has set r2 (link/prologue.py)."""


@pytest.mark.parametrize("row", LIMITED, ids=lambda row: row.program)
def test_it_costs_no_more_than_it_may(row: Row) -> None:
    for arch in ARCHES:
        found = cost(row, arch)
        assert row.target is not None
        assert found.units <= row.target + (PROLOGUE if arch == "v0" else 0)
    if row.max_bytes is not None:
        assert cost(row, "v3").size <= row.max_bytes


def test_the_table_has_a_line_for_each_program() -> None:
    costs = [Cost("hello-world", "v3", 110, 344), Cost("hello-world", "v0", 111, 1312)]
    head, _, line = table(costs).splitlines()
    assert head.startswith("| program | CU | bytes v3 | bytes v0 | at most | Anchor | Rust |")
    assert line == "| hello-world | 110 / 111 | 344 | 1,312 | 110 |  | 105 |  | 105 | 105 |  |"
