"""Work on so many things that the event loop would stand still meanwhile."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

MANY: Final = 500  # accounts; to read one takes about 50 microseconds


async def aside(count: int, work: Callable[[], T]) -> T:
    """What `work` makes of `count` things: in a thread if they are many. Raises what it raises."""
    return await asyncio.to_thread(work) if count > MANY else work()
