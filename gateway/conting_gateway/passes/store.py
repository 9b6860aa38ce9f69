"""Which phones hold a presence channel, and when they let go of it, in Redis.

KEYS, all with the event's hash tag:
  1 present   string   the newest channel of this ticket and device key
  2 gone      string   when the last channel was let go, Unix seconds
"""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from conting_gateway.redis import Redis, Script

PRESENT_MS = 60_000  # renewed with every challenge
GONE_MS = 60_000  # longer than any challenge lives

# ARGV: the channel; 1 if it has just begun; how long to keep that (milliseconds).
# An old connection that is dead and not yet known to be does not take the place of a new one.
STAY = """
local present = redis.call('GET', KEYS[1])
if ARGV[2] == '1' or not present or present == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
end
"""

# ARGV: the channel that ends; now; how long to keep that (milliseconds).
# Returns 1 if it was the newest one: an old connection that dies late does not end a new one.
LEAVE = """
local present = redis.call('GET', KEYS[1])
if present and present ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A phone before a gate: the ticket and the hash of its device key."""

    event: Pubkey
    ticket: Pubkey
    device_key_hash: bytes

    def key(self, what: str) -> str:
        """The Redis key of `what` about it."""
        return f"conting:{{{self.event}}}:{what}:{self.ticket}:{self.device_key_hash.hex()}"


class PresenceStore:
    """One channel per holder counts: the newest."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._stay = Script(redis, STAY)
        self._leave = Script(redis, LEAVE)

    async def stay(self, holder: Holder, channel: str, *, begins: bool) -> None:
        """This channel is the newest if it begins now, and stays so unless there is a newer one."""
        await self._stay([holder.key("present")], channel, int(begins), PRESENT_MS)

    async def leave(self, holder: Holder, channel: str, now: int) -> bool:
        """Withdraws what was issued until `now`, unless there is a newer channel."""
        keys = [holder.key("present"), holder.key("gone")]
        return bool(await self._leave(keys, channel, now, GONE_MS))

    async def left_at(self, holder: Holder) -> int | None:
        """When the holder let go last, Unix seconds: what was issued by then is withdrawn."""
        left = await self._redis.get(holder.key("gone"))
        return None if left is None else int(left)
