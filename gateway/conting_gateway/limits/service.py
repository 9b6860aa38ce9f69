"""Refuses who asks too often, with the time to wait."""

import ipaddress
import math

from conting_gateway.clock import Clock
from conting_gateway.errors import RateLimitedError
from conting_gateway.limits.store import LimitStore

WINDOW = 60  # seconds


class Limits:
    """Windows in Redis, for what may be asked for without a session, by network address.

    Not by wallet: anybody can name any wallet, and would lock its owner out.
    """

    def __init__(self, store: LimitStore, budget: int) -> None:
        self._store = store
        self._budget = budget

    async def spend(self, action: str, address: str) -> None:
        """Counts one `action` of a network address. Raises RateLimitedError."""
        requests, left = await self._store.count(f"{action}:{address}", WINDOW)
        if requests > self._budget:
            raise RateLimitedError(retry_after=max(1, left))


def network_of(host: str) -> str:
    """Whom an address stands for: itself, or its /64, of which one subscriber has all of IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), 64), strict=False))


class LocalLimits:
    """Windows in this process alone, for what must not cost a Redis call."""

    def __init__(self, clock: Clock, budget: int) -> None:
        self._clock = clock
        self._budget = budget
        self._ends = 0.0
        self._counts: dict[str | int, int] = {}

    def spend(self, who: str | int, now: float | None = None) -> None:
        """Counts one request of `who`, at `now` by the same clock. Raises RateLimitedError."""
        if now is None:
            clock = self._clock
            now = clock()
        if not self._ends - WINDOW <= now < self._ends:  # over, or the clock was put back
            self._ends = (now // WINDOW + 1) * WINDOW
            self._counts.clear()
        count = self._counts[who] = self._counts.get(who, 0) + 1
        if count > self._budget:
            raise RateLimitedError(retry_after=math.ceil(self._ends - now))
