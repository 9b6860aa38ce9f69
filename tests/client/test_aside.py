"""Reading thousands of accounts does not keep a gateway's other callers waiting."""

import threading

import pytest
from conting_client._aside import MANY, aside

pytestmark = pytest.mark.anyio


async def test_work_on_many_things_leaves_the_event_loop_free_and_on_few_costs_no_thread() -> None:
    here = threading.get_ident()
    assert await aside(MANY, threading.get_ident) == here
    assert await aside(MANY + 1, threading.get_ident) != here


@pytest.mark.parametrize("count", [1, MANY + 1])
async def test_what_goes_wrong_is_told_to_who_asked(count: int) -> None:
    def fail() -> None:
        raise ValueError(count)

    with pytest.raises(ValueError, match=str(count)):
        await aside(count, fail)
