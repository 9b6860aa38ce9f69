"""What the gateway takes from outside: time and randomness, always as parameters."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

Clock = Callable[[], float]
"""Unix seconds, as `time.time` gives them."""

Entropy = Callable[[int], bytes]
"""So many unpredictable bytes, as `secrets.token_bytes` gives them."""

log = logging.getLogger(__name__)


async def repeat(interval: float, work: Callable[[], Awaitable[None]]) -> None:
    """Does `work` again and again, `interval` seconds apart, until cancelled.

    Background work outlives an outage: a failure is logged when it begins and when it ends.
    """
    failing = False
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 the loop must outlive any single round
            if not failing:
                log.warning("%s fails: %s: %s", _name(work), type(error).__name__, error)
            failing = True
        else:
            if failing:
                log.info("%s works again", _name(work))
            failing = False
        await asyncio.sleep(interval)


def _name(work: Callable[[], Awaitable[None]]) -> str:
    return getattr(work, "__qualname__", "background work")
