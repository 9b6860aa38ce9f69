"""Fixed windows in Redis."""

from conting_gateway.redis import Redis, Script

# KEYS[1] = counter   ARGV[1] = length of the window in seconds
# Returns {requests in this window including this one, seconds until it ends}.
COUNT = """
local n = redis.call('INCR', KEYS[1])
if n == 1 or redis.call('TTL', KEYS[1]) > tonumber(ARGV[1]) then -- the clock was put back
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return {n, redis.call('TTL', KEYS[1])}
"""


class LimitStore:
    """Counts requests by whatever name they are given."""

    def __init__(self, redis: Redis) -> None:
        self._count = Script(redis, COUNT)

    async def count(self, name: str, window: int) -> tuple[int, int]:
        """How many requests `name` has made in its window, and the seconds left of it."""
        requests, left = await self._count([f"conting:limit:{name}"], window)
        return int(requests), int(left)
