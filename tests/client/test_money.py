"""Amounts as people read them."""

from decimal import Decimal

import pytest
from conting_client.money import amount_text
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        (25_000_000, 6, "25.00"),
        (250_000_000, 9, "0.25"),
        (1, 9, "0.000000001"),
        (-1_500_000, 6, "-1.50"),
        (50_000, 0, "50000"),
        (15, 1, "1.5"),
        (0, 6, "0.00"),
    ],
)
def test_an_amount_is_written_with_its_decimals(amount: int, decimals: int, text: str) -> None:
    assert amount_text(amount, decimals) == text


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(-(2**64), 2**64), st.integers(0, 18))
def test_no_unit_is_lost(amount: int, decimals: int) -> None:
    text = amount_text(amount, decimals)
    assert Decimal(text).scaleb(decimals) == amount
    assert len(text.partition(".")[2]) in range(min(2, decimals), decimals + 1)
