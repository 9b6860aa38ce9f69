"""The waiting room's Redis scripts. All keys of a call share the event's hash tag.

KEYS of every script, in this order:
  1 room    hash    state, rate, capacity, tail, serving, beacon and seed, version
  2 users   hash    wallet -> number
  3 inside  zset    place -> end of its lease, Unix milliseconds
  4 grace   zset    place -> when it asked for its second turn
  5 lapsed  zset    place -> when its unused first turn ended
  6 turns   hash    place -> entered | again (second turn) | spent
Time is Redis's own, so that all workers agree. `version` grows whenever something changes that
workers keep a copy of, except serving and tail, which `TICK` tells each time.
"""

_NAMES = """
local room, users, inside, grace, lapsed, turns = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

# ARGV: rate, capacity, beacon slot, secret, commit.
# Returns 'made', 'changed', or 'fixed' (another beacon was published before).
CONFIGURE = (
    _NAMES
    + """
local named = redis.call('HGET', room, 'beacon_slot')
if named and named ~= ARGV[3] then return 'fixed' end
redis.call('HSET', room, 'rate', ARGV[1], 'capacity', ARGV[2])
redis.call('HINCRBY', room, 'version', 1)
if named then return 'changed' end
redis.call('HSET', room, 'state', 'collecting', 'tail', 0, 'serving', 0,
  'beacon_slot', ARGV[3], 'secret', ARGV[4], 'commit', ARGV[5])
return 'made'
"""
)

# ARGV: most numbers that may be given out, wallets…
# Returns a number for each wallet: its place in line; 0 = the room is full; -1 = sold out; nil if
# there is no room. A wallet that joined before, or twice in this call, has one number.
JOIN = (
    _NAMES
    + """
local state, tail = unpack(redis.call('HMGET', room, 'state', 'tail'))
if not state then return nil end
tail = tonumber(tail)
local limit = tonumber(ARGV[1])
local wallets = {unpack(ARGV, 2)}
local numbers = redis.call('HMGET', users, unpack(wallets))
local new, given = {}, {}
for i, wallet in ipairs(wallets) do
  local number = tonumber(numbers[i] or given[wallet])
  if not number then
    if state == 'sold_out' then number = -1
    elseif tail >= limit then number = 0
    else
      tail = tail + 1
      number = tail
      given[wallet] = number
      new[#new + 1] = wallet
      new[#new + 1] = number
    end
  end
  numbers[i] = number
end
if #new > 0 then
  redis.call('HSET', users, unpack(new))
  redis.call('HSET', room, 'tail', tail)
end
return numbers
"""
)

# Ends the collection. Returns 1 if this call did it.
CLOSE = (
    _NAMES
    + """
local state, tail = unpack(redis.call('HMGET', room, 'state', 'tail'))
if state ~= 'collecting' then return 0 end
redis.call('HSET', room, 'state', 'drawing', 'collected', tail)
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# ARGV: slot used, its hash, seed. The first caller's stay. Returns 1 if this call did it.
OPEN = (
    _NAMES
    + """
if redis.call('HGET', room, 'state') ~= 'drawing' then return 0 end
redis.call('HSET', room, 'state', 'open', 'beacon_used', ARGV[1], 'beacon_hash', ARGV[2],
  'seed', ARGV[3], 'tokens', 0, 'refilled', now)
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# Stops the queue for good. Returns 1 if this call did it.
SELL_OUT = (
    _NAMES
    + """
if redis.call('HGET', room, 'state') ~= 'open' then return 0 end
redis.call('HSET', room, 'state', 'sold_out')
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# ARGV: length of a claim, how long a missed turn may be asked for again, both in milliseconds.
# Ends leases that are over and lets in whom rate and capacity allow, second turns first. Any worker
# may call it at any time: what may be let in is kept here as a bucket of at most one second's rate.
# Returns {state, serving, tail, version}, or nil if there is no room.
TICK = (
    _NAMES
    + """
local r = redis.call('HMGET', room, 'state', 'serving', 'tail', 'rate', 'capacity', 'tokens',
  'refilled')
if not r[1] then return nil end
local serving, tail = tonumber(r[2]), tonumber(r[3])
local changed = false

for _, place in ipairs(redis.call('ZRANGEBYSCORE', inside, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', inside, place)
  if not redis.call('HGET', turns, place) then redis.call('ZADD', lapsed, now, place) end
  changed = true
end
redis.call('ZREMRANGEBYSCORE', lapsed, '-inf', now - tonumber(ARGV[2]))

if r[1] == 'open' then
  local rate = tonumber(r[4])
  local tokens = tonumber(r[6]) + math.max(0, now - tonumber(r[7])) * rate / 1000
  tokens = math.min(tokens, math.max(rate, 1))
  local room_left = tonumber(r[5]) - redis.call('ZCARD', inside)
  local free = math.floor(math.min(tokens, room_left, 1000))
  local ends = now + tonumber(ARGV[1])
  while free > 0 do
    local place = redis.call('ZPOPMIN', grace)[1]
    if not place and serving < tail then
      serving = serving + 1
      place = serving
    end
    if not place then break end
    redis.call('ZADD', inside, ends, place)
    free, tokens, changed = free - 1, tokens - 1, true
  end
  redis.call('HSET', room, 'serving', serving, 'tokens', tostring(tokens), 'refilled', now)
end
local version = redis.call('HINCRBY', room, 'version', changed and 1 or 0)
return {r[1], serving, tail, version}
"""
)

# ARGV: wallet, number, place, length of a visit, how long a missed turn may be asked for again
# (milliseconds). Returns {outcome, end of the lease in Unix milliseconds or 0}:
#   entered   the lease now lasts a visit; asking again changes nothing
#   waiting   the turn has not come      grace   a second turn has been asked for
#   sold_out  nor will it: every seat is sold
#   lapsed    over; the wallet may join anew      spent   bought; likewise
#   lost      the wallet does not have this number (the store lost it in a crash)
ENTER = (
    _NAMES
    + """
local wallet, number, place = ARGV[1], ARGV[2], ARGV[3]
local turn = redis.call('HGET', turns, place)
if turn == 'spent' then return {'spent', 0} end
if redis.call('HGET', users, wallet) ~= number then
  return {turn and 'lapsed' or 'lost', 0}
end
local ends = tonumber(redis.call('ZSCORE', inside, place) or 0)
if ends > now then
  if turn ~= 'entered' then
    ends = now + tonumber(ARGV[4])
    redis.call('ZADD', inside, ends, place)
    redis.call('HSET', turns, place, 'entered')
    redis.call('HINCRBY', room, 'version', 1)
  end
  return {'entered', ends}
end
if tonumber(place) > tonumber(redis.call('HGET', room, 'serving')) then
  if redis.call('HGET', room, 'state') == 'sold_out' then return {'sold_out', 0} end
  return {'waiting', 0}
end
if redis.call('ZSCORE', grace, place) then return {'grace', 0} end
local missed = redis.call('ZSCORE', lapsed, place)
if ends > 0 and not turn then missed = ends end
if not turn and missed and now - tonumber(missed) < tonumber(ARGV[5]) then
  redis.call('ZREM', inside, place)
  redis.call('ZREM', lapsed, place)
  redis.call('ZADD', grace, now, place)
  redis.call('HSET', turns, place, 'again')
  redis.call('HINCRBY', room, 'version', 1)
  return {'grace', 0}
end
redis.call('HDEL', users, wallet)
if not turn then redis.call('HSET', turns, place, 'again') end
return {'lapsed', 0}
"""
)

# ARGV: wallet, number, place. Ends a visit that bought something: its lease is free for the next.
SPEND = (
    _NAMES
    + """
redis.call('ZREM', inside, ARGV[3])
redis.call('HSET', turns, ARGV[3], 'spent')
if redis.call('HGET', users, ARGV[1]) == ARGV[2] then redis.call('HDEL', users, ARGV[1]) end
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# ARGV: place. Returns 'inside', 'spent', or 'outside'.
STANDING = (
    _NAMES
    + """
local turn = redis.call('HGET', turns, ARGV[1])
if turn == 'spent' then return 'spent' end
local ends = tonumber(redis.call('ZSCORE', inside, ARGV[1]) or 0)
return (turn == 'entered' and ends > now) and 'inside' or 'outside'
"""
)
