"""The Redis scripts of holds, seat maps and orders.

KEYS of the hold scripts, all with the event's hash tag:
  1 holds    hash   seat -> "guest end", the end in Unix milliseconds; one per section. Guest - of
                    what is sold
  2 person   zset   "section:seat" -> end of the hold; one per guest and event
  3 let_go   hash   count: seats that the guest has let go; wait: end of the cool-down (Unix ms)
Time is Redis's own. A guest is a wallet, or a person where the event has an issuer.
"""

_NAMES = """
local holds, person, let_go = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holder(seat)
  local kept = redis.call('HGET', holds, seat)
  if not kept then return nil, 0 end
  local guest, ends = string.match(kept, '(%S+) (%d+)')
  ends = tonumber(ends)
  if ends <= now then return nil, 0 end
  return guest, ends
end
"""

# FREE seats are let go without a wait; each one more doubles it, from BASE to LONGEST. All is
# forgotten FORGET after the last one. Times in milliseconds.
_COOLING = """
local free, base, longest, forget = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7]
local function count_let_go(moment)
  local over = redis.call('HINCRBY', let_go, 'count', 1) - free
  if over > 0 and base > 0 then
    redis.call('HSET', let_go, 'wait', moment + math.min(base * 2 ^ (over - 1), longest))
  end
  redis.call('PEXPIRE', let_go, forget)
end
"""

# KEYS[4], KEYS[5] = inside and turns of the waiting room (conting_gateway.waitroom.lua)
# ARGV: seat, guest, "section:seat", FREE, BASE, LONGEST, FORGET, length of a hold in milliseconds,
# most holds, place
# Returns {outcome, end of the hold or of the cool-down}: held (by this guest, now or before),
# seat_held (by another), hold_limit, hold_cooling, not_admitted. Holds that ended by themselves
# were let go, at their end.
HOLD = (
    _NAMES
    + _COOLING
    + """
local seat, guest, member, place = ARGV[1], ARGV[2], ARGV[3], ARGV[10]
local visit = tonumber(redis.call('ZSCORE', KEYS[4], place) or 0)
local inside = visit > now and redis.call('HGET', KEYS[5], place) == 'entered'
if not inside then return {'not_admitted', 0} end
local owner, ends = holder(seat)
if owner == guest then return {'held', ends} end
if owner then return {'seat_held', ends} end
local lapsed = redis.call('ZRANGEBYSCORE', person, '-inf', now, 'WITHSCORES')
for i = 2, #lapsed, 2 do count_let_go(tonumber(lapsed[i])) end
redis.call('ZREMRANGEBYSCORE', person, '-inf', now)
local wait = tonumber(redis.call('HGET', let_go, 'wait') or 0)
if wait > now then return {'hold_cooling', wait} end
if redis.call('ZCARD', person) >= tonumber(ARGV[9]) then return {'hold_limit', 0} end
ends = now + tonumber(ARGV[8])
redis.call('HSET', holds, seat, guest .. ' ' .. ends)
redis.call('ZADD', person, ends, member)
redis.call('PEXPIREAT', person, ends + forget)
if redis.call('PTTL', holds) < ends - now then redis.call('PEXPIREAT', holds, ends) end
return {'held', ends}
"""
)

# ARGV: seat, guest, "section:seat", FREE, BASE, LONGEST, FORGET, 1 if the guest lets it go; else it
# is sold, and nobody holds it until the hold would have ended: a gateway whose node lags has not
# heard of the sale. Returns 1 if this guest held the seat.
RELEASE = (
    _NAMES
    + _COOLING
    + """
local owner, ends = holder(ARGV[1])
if owner ~= ARGV[2] then return 0 end
redis.call('ZREM', person, ARGV[3])
if ARGV[8] == '1' then
  redis.call('HDEL', holds, ARGV[1])
  count_let_go(now)
else
  redis.call('HSET', holds, ARGV[1], string.format('- %.0f', ends))
end
return 1
"""
)

# ARGV: seat, guest, "section:seat", milliseconds in which an order can be paid that is built now
# Returns 1 if this guest holds the seat. It does for as long as that order can be paid, at most as
# long beyond the time at which the hold ends without one, which is kept behind its end.
KEEP = (
    _NAMES
    + """
local seat, guest, member, payable = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local owner, ends = holder(seat)
if owner ~= guest then return 0 end
local due = tonumber(string.match(redis.call('HGET', holds, seat), '%S+ %d+ (%d+)') or ends)
local longer = math.min(now, due) + payable
if longer > ends then
  redis.call('HSET', holds, seat, string.format('%s %.0f %.0f', guest, longer, due))
  redis.call('ZADD', person, longer, member)
  if redis.call('PTTL', holds) < longer - now then redis.call('PEXPIREAT', holds, longer) end
end
return 1
"""
)

# ARGV: seat. Returns {guest or '', end of the hold}.
HOLDER = (
    _NAMES
    + """
local guest, ends = holder(ARGV[1])
return {guest or '', ends}
"""
)

# Returns {seat, end, seat, end, …} of all holds that last, and forgets those that have ended: in a
# large section there is one after the other for hours.
HELD = (
    _NAMES
    + """
local held = {}
for _, seat in ipairs(redis.call('HKEYS', holds)) do
  local guest, ends = holder(seat)
  if guest then
    held[#held + 1] = seat
    held[#held + 1] = ends
  else
    redis.call('HDEL', holds, seat)
  end
end
return held
"""
)

# KEYS[1] = map: hash of version, slot, states   KEYS[2] = list of "version changes", newest first
# ARGV: the version that the states were compared with, the new one, slot, states, changes,
# changes to keep, seconds to keep them
# Returns the map as it now is: unchanged if somebody else was faster, or knows a newer slot.
DRAW_MAP = """
local version, slot = unpack(redis.call('HMGET', KEYS[1], 'version', 'slot'))
if not version or (version == ARGV[1] and tonumber(slot) <= tonumber(ARGV[3])) then
  redis.call('HSET', KEYS[1], 'version', ARGV[2], 'slot', ARGV[3], 'states', ARGV[4])
  if not version then redis.call('DEL', KEYS[2]) end
  redis.call('LPUSH', KEYS[2], ARGV[2] .. ' ' .. ARGV[5])
  redis.call('LTRIM', KEYS[2], 0, ARGV[6] - 1)
  redis.call('EXPIRE', KEYS[2], ARGV[7])
end
redis.call('EXPIRE', KEYS[1], ARGV[7])
return redis.call('HMGET', KEYS[1], 'version', 'states')
"""

# KEYS[1] = order   ARGV: seconds to keep it, field, value, field, value, …
# Returns the fields of the order as it now is: those of an earlier call stay.
CREATE = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 2))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
return redis.call('HGETALL', KEYS[1])
"""

# KEYS[1] = hash: what a turn in the waiting room may buy, order -> "end claim", the end in Unix ms
# ARGV: an order; milliseconds to keep its claim; that; how many orders follow that have bought
# nothing; these; those that it may stand beside
# Returns no order if it has its claim now, else the others that have one: order, claim, …
CLAIM_TURN = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local kept, known, others = 0, {}, {}
for i = 5, #ARGV do
  if i < 5 + ARGV[4] then redis.call('HDEL', KEYS[1], ARGV[i]) end
  known[ARGV[i]] = true
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local order, ends, claim = all[i], string.match(all[i + 1], '(%d+) (.+)')
  ends = tonumber(ends)
  if ends <= now then redis.call('HDEL', KEYS[1], order)
  elseif order == ARGV[1] then kept = ends
  elseif not known[order] then
    others[#others + 1] = order
    others[#others + 1] = claim
  end
end
if kept == 0 and #others > 0 then return others end
local ends = math.max(now + ARGV[2], kept)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', ends, ARGV[3]))
if redis.call('PTTL', KEYS[1]) < ends - now then redis.call('PEXPIREAT', KEYS[1], ends) end
return {}
"""

# KEYS[1] = order   ARGV: field, value, field, value, …: signatures of this very transaction, if any
# Returns the fields of the order as it now is.
SIGN = """
if #ARGV > 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], unpack(ARGV))
end
return redis.call('HGETALL', KEYS[1])
"""

# KEYS[1] = order   ARGV: new state, error, detail; seconds to keep it from now on
# Returns the fields of the order as it now is. done, refused and expired are final: said again, an
# order is kept for the longer of both times. But what the chain has is done, though another request
# that was refused has said so meanwhile.
MOVE = """
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'built' or state == 'sent' or (state and state ~= 'done' and ARGV[1] == 'done') then
  redis.call('HSET', KEYS[1], 'state', ARGV[1], 'error', ARGV[2], 'detail', ARGV[3])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
elseif state == ARGV[1] and redis.call('TTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return redis.call('HGETALL', KEYS[1])
"""
