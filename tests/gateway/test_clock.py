"""Moments in words, for people who read what the gateway says."""

import pytest
from conting_gateway.clock import in_words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (0, "1970-01-01 00:00:00 UTC"),
        (1_800_000_000, "2027-01-15 08:00:00 UTC"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
    ],
)
def test_a_moment_is_told_in_words_or_as_it_is(moment: int, words: str) -> None:
    """What is on chain is anybody's: no organiser's doors may end an answer."""
    assert in_words(moment) == words
