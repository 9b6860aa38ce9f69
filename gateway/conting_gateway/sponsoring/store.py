"""What was paid for whom today, in Redis; a day is one of UTC, by Redis's own clock.

All keys have the hash tag `sponsor`: one script sees and changes all budgets that a payment counts
against, so replicas cannot spend the same rest twice.
"""

from dataclasses import dataclass
from typing import Final

from solders.pubkey import Pubkey

from conting_gateway.redis import Redis, Script

KEEP: Final = 2 * 86_400
"""Seconds that a day's numbers, and the marks of its orders, are kept."""

_DAY = """
local now = tonumber(redis.call('TIME')[1])
local day = math.floor(now / 86400)
local function is_today(of)
  of = tonumber(of)
  return of == day or of == day + 1 -- a clock that went back over midnight begins no second day
end
local function today(key, field)
  local of, value = unpack(redis.call('HMGET', key, 'day', field))
  return is_today(of) and tonumber(value or 0) or 0
end
local function add(key, field, value)
  if not is_today(redis.call('HGET', key, 'day')) then
    redis.call('DEL', key)
    redis.call('HSET', key, 'day', day)
  end
  redis.call('HINCRBY', key, field, value)
  redis.call('EXPIRE', key, ARGV[1])
end
"""

# KEYS: the transaction's mark; then counters, each a hash of day, spent and failed; the caller's
# is the first.
# ARGV: KEEP; lamports; 1 to spend them, 0 to ask; failures that are too many; most of each counter.
# Returns {'yes', 'again', 'spent' or 'failures', seconds until tomorrow}. A transaction is counted
# once, as the chain runs it once.
SPEND = (
    _DAY
    + """
local left = (day + 1) * 86400 - now
local lamports = tonumber(ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 1 then return {'again', left} end
if today(KEYS[2], 'failed') >= tonumber(ARGV[4]) then return {'failures', left} end
for at = 2, #KEYS do
  if today(KEYS[at], 'spent') + lamports > tonumber(ARGV[at + 3]) then return {'spent', left} end
end
if ARGV[3] == '1' then
  for at = 2, #KEYS do add(KEYS[at], 'spent', lamports) end
  redis.call('SET', KEYS[1], 1, 'EX', ARGV[1])
end
return {'yes', left}
"""
)

# KEYS: the transaction's mark; the caller's counter.   ARGV: KEEP
# A transaction is counted once, and only if it was paid for. Returns 1 if it was counted now.
FAIL = (
    _DAY
    + """
if redis.call('GET', KEYS[1]) ~= '1' then return 0 end
redis.call('SET', KEYS[1], 'failed', 'KEEPTTL')
add(KEYS[2], 'failed', 1)
return 1
"""
)


@dataclass(frozen=True, slots=True)
class Budgets:
    """What may be paid in a day, in lamports; `failures` of one wallet that are too many."""

    wallet: int
    event: int
    whole: int
    failures: int


@dataclass(frozen=True, slots=True)
class Payment:
    """What is paid for a transaction, in lamports, and for whom."""

    transaction: str
    """A hash of its message."""
    wallet: Pubkey
    event: Pubkey
    lamports: int


class BudgetStore:
    """Spends budgets; nothing is given back, whatever becomes of a transaction."""

    def __init__(self, redis: Redis, budgets: Budgets) -> None:
        self._budgets = budgets
        self._spend = Script(redis, SPEND)
        self._fail = Script(redis, FAIL)

    async def spend(self, payment: Payment, *, ask_only: bool = False) -> tuple[str, int]:
        """Spends what a transaction costs, if that is left; and the seconds until the next day.

        "yes", "again" if it was spent before, "spent" if too little is left, "failures".
        """
        limits = self._budgets
        keys = [
            _mark(payment.transaction),
            _of(payment.wallet),
            f"conting:{{sponsor}}:event:{payment.event}",
            "conting:{sponsor}:whole",
        ]
        most = (limits.wallet, limits.event, limits.whole)
        asked = (KEEP, payment.lamports, int(not ask_only), limits.failures)
        answer, left = await self._spend(keys, *asked, *most)
        return str(answer), int(left)

    async def fail(self, payment: Payment) -> bool:
        """Counts that a transaction has failed that was paid for; True the first time."""
        return bool(await self._fail([_mark(payment.transaction), _of(payment.wallet)], KEEP))


def _mark(transaction: str) -> str:
    return f"conting:{{sponsor}}:paid:{transaction}"


def _of(wallet: Pubkey) -> str:
    return f"conting:{{sponsor}}:wallet:{wallet}"
