"""The Redis scripts of holds and orders.

KEYS of the hold scripts, all with the event's hash tag:
  1 holds    hash   seat -> "wallet end", the end in Unix milliseconds; one per section
  2 person   zset   "section:seat" -> end of the hold; one per person and event
Time is Redis's own.
"""

_NAMES = """
local holds, person = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holder(seat)
  local kept = redis.call('HGET', holds, seat)
  if not kept then return nil, 0 end
  local wallet, ends = string.match(kept, '(%S+) (%d+)')
  ends = tonumber(ends)
  if ends <= now then return nil, 0 end
  return wallet, ends
end
"""

# KEYS[3], KEYS[4] = inside and turns of the waiting room (conting_gateway.waitroom.lua)
# ARGV: seat, wallet, "section:seat", length of a hold in milliseconds, most holds, place
# Returns {outcome, end of the hold}: held (by this wallet, now or before), seat_held (by another),
# hold_limit, not_admitted.
HOLD = (
    _NAMES
    + """
local seat, wallet, member, place = ARGV[1], ARGV[2], ARGV[3], ARGV[6]
local visit = tonumber(redis.call('ZSCORE', KEYS[3], place) or 0)
local inside = visit > now and redis.call('HGET', KEYS[4], place) == 'entered'
if not inside then return {'not_admitted', 0} end
local owner, ends = holder(seat)
if owner == wallet then return {'held', ends} end
if owner then return {'seat_held', ends} end
redis.call('ZREMRANGEBYSCORE', person, '-inf', now)
if redis.call('ZCARD', person) >= tonumber(ARGV[5]) then return {'hold_limit', 0} end
ends = now + tonumber(ARGV[4])
redis.call('HSET', holds, seat, wallet .. ' ' .. ends)
redis.call('ZADD', person, ends, member)
redis.call('PEXPIREAT', person, ends)
if redis.call('PTTL', holds) < ends - now then redis.call('PEXPIREAT', holds, ends) end
return {'held', ends}
"""
)

# ARGV: seat, wallet, "section:seat". Returns 1 if this wallet held the seat.
RELEASE = (
    _NAMES
    + """
if holder(ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', holds, ARGV[1])
redis.call('ZREM', person, ARGV[3])
return 1
"""
)

# ARGV: seat. Returns {wallet or '', end of the hold}.
HOLDER = (
    _NAMES
    + """
local wallet, ends = holder(ARGV[1])
return {wallet or '', ends}
"""
)

# Returns {seat, end, seat, end, …} of all holds that last.
HELD = (
    _NAMES
    + """
local held = {}
for _, seat in ipairs(redis.call('HKEYS', holds)) do
  local wallet, ends = holder(seat)
  if wallet then
    held[#held + 1] = seat
    held[#held + 1] = ends
  end
end
return held
"""
)

# KEYS[1] = order   ARGV: seconds to keep it, field, value, field, value, …
# Returns the fields of the order as it now is: those of an earlier call stay.
CREATE = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 2))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
"""

# KEYS[1] = order   ARGV: new state, error, detail. done, refused and expired are final.
# Returns the fields of the order as it now is.
MOVE = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'built' or state == 'sent' then
  redis.call('HSET', KEYS[1], 'state', ARGV[1], 'error', ARGV[2], 'detail', ARGV[3])
end
return redis.call('HGETALL', KEYS[1])
"""
