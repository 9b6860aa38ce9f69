"""What one client may hold open, and all of them together."""

import pytest
from conting_gateway.errors import StreamsFullError
from conting_gateway.limits.slots import Slots


def test_one_client_holds_so_many_and_all_together_so_many() -> None:
    slots = Slots(3, 2)
    with slots.take("a"), slots.take("a"):
        with pytest.raises(StreamsFullError, match="as many streams as one may"):
            slots.require("a")
        slots.require("b")
        with slots.take("b"):
            assert slots.open == 3
            with pytest.raises(StreamsFullError, match="holds no more streams"):
                slots.require("c")
    assert slots.open == 0
    slots.require("a")


def test_a_stream_that_fails_gives_its_slot_back() -> None:
    slots = Slots(1, 1)
    with pytest.raises(ZeroDivisionError), slots.take("a"):
        raise ZeroDivisionError
    slots.require("a")
