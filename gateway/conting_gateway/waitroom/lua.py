"""The waiting room's Redis scripts. All keys of a call share the event's hash tag.

KEYS of every script, in this order:
  1 room    hash    state, rate, capacity, tail, serving, beacon and seed, version, changed,
                  run, mending (see _HEAL)
  2 users   hash    guest -> number: a wallet, or a person where the event has an issuer;
                    #number -> guest: to whom a lost number was given back
  3 inside  zset    place -> end of its lease, Unix milliseconds
  4 grace   zset    place -> when it asked for its second turn
  5 lapsed  zset    place -> when its unused first turn ended
  6 turns   hash    place -> entered | again (second turn) | spent | left
  7 changes stream  what happened to places, numbered 1, 2, 3…: workers follow it
  8 losses  list    what crashes of Redis lost: the tail that was left, the highest number known,
                    when it was found (Unix milliseconds, each later than the one before)
  9 workers hash    worker -> the Redis run that it last told what it knows; !time = not since then
Time is Redis's own, so that all workers agree. `version` grows whenever something changes that
workers keep a copy of, except serving and tail, which `TICK` tells each time, and what `changes`
tells: `in first last end-of-lease`, `grace place`, `out place`.
"""

CHANGES_KEPT = 10_000  # a worker that is further behind loads the whole room again
RECOVERY = 2_500  # milliseconds; a worker that hangs on a dead connection asks anew after 2,000
GATHERING = 500  # milliseconds in which workers come of which Redis has lost that they had begun

NAMES = """
local room, users, inside, grace, lapsed, turns, changes, losses, workers = unpack(KEYS)
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function tell(change)
  local id = redis.call('HINCRBY', room, 'changed', 1)
  redis.call('XADD', changes, 'MAXLEN', '~', CHANGES_KEPT, id .. '-0', 'c', change)
end
""".replace("CHANGES_KEPT", str(CHANGES_KEPT))

# Redis's own process: one that was started again, or took over, may lack the last moment.
_RUN = """
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
"""

# Numbers that another Redis process gave out may be lost in this one: no new ones are given until
# all workers that told it something have told this one what they know (TICK), or are dead. Numbers
# above its tail, up to the highest that a worker knows, were given out and are lost; they stay with
# those who have them signed.
# Needs: floor, the worker's highest number. Gives: tail; mending, until when no number is given.
_HEAL = (
    _RUN
    + """
local known, tail, mending = unpack(redis.call('HMGET', room, 'run', 'tail', 'mending'))
tail, mending = tonumber(tail or 0), tonumber(mending or 0)
if mending > now + RECOVERY then -- the clock was put back
  mending = now + RECOVERY
  redis.call('HSET', room, 'mending', mending)
end
local function era() -- when the newest loss was found
  local newest = redis.call('LINDEX', losses, -1)
  return newest and tonumber(string.match(newest, '%d+$')) or 0
end
local function is_gathering()
  return now < mending - RECOVERY + GATHERING
end
local function is_awaited(told)
  local since = string.match(told, '^!(%d+)$')
  return since ~= nil and tonumber(since) + RECOVERY > now
end
if known ~= run or (floor > tail and mending <= now) then
  local told = redis.call('HGETALL', workers)
  for i = 1, #told, 2 do
    if told[i + 1] == known then redis.call('HSET', workers, told[i], '!' .. now)
    elseif not is_awaited(told[i + 1]) then redis.call('HDEL', workers, told[i]) end
  end
  mending = now + RECOVERY
  redis.call('HSET', room, 'run', run, 'mending', mending)
end
if floor > tail then
  redis.call('RPUSH', losses, tail .. ' ' .. floor .. ' ' .. math.max(now, era() + 1))
  redis.call('HINCRBY', room, 'version', 1)
  tail = floor
  redis.call('HSET', room, 'tail', tail)
end
""".replace("RECOVERY", str(RECOVERY)).replace("GATHERING", str(GATHERING))
)

# ARGV: rate, capacity, beacon slot, secret, commit, issuer or an empty text.
# Returns 'made', 'changed', or 'fixed' (another beacon was published before).
CONFIGURE = (
    NAMES
    + _RUN
    + """
local named = redis.call('HGET', room, 'beacon_slot')
if named and named ~= ARGV[3] then return 'fixed' end
redis.call('HSET', room, 'rate', ARGV[1], 'capacity', ARGV[2])
redis.call('HINCRBY', room, 'version', 1)
if named then return 'changed' end
redis.call('HSET', room, 'state', 'collecting', 'tail', 0, 'serving', 0,
  'beacon_slot', ARGV[3], 'secret', ARGV[4], 'commit', ARGV[5], 'changed', 0, 'issuer', ARGV[6],
  'run', run)
return 'made'
"""
)

# ARGV: most numbers that may be given out, the worker's highest number, guests in one text (an
# argument each would cost the worker more than all else about a join).
# Returns a number for each guest: its place in line; 0 = the room is full; -1 = sold out; -2 = not
# now, numbers that may be lost are being set apart; nil if there is no room. A guest that joined
# before, or twice in this call, has one number.
JOIN = (
    NAMES
    + """
local state = redis.call('HGET', room, 'state')
if not state then return nil end
local limit, floor = tonumber(ARGV[1]), tonumber(ARGV[2])
"""
    + _HEAL
    + """
local guests = {}
for guest in string.gmatch(ARGV[3], '%S+') do guests[#guests + 1] = guest end
local numbers = redis.call('HMGET', users, unpack(guests))
local new, given = {}, {}
for i, guest in ipairs(guests) do
  local number = tonumber(numbers[i] or given[guest])
  if not number then
    if state == 'sold_out' then number = -1
    elseif mending > now then number = -2
    elseif tail >= limit then number = 0
    else
      tail = tail + 1
      number = tail
      given[guest] = number
      new[#new + 1] = guest
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

# ARGV: guest, a number that was signed for it, the era in which that was (when the newest loss was
# found that its signer knew of).
# Gives back a number that Redis lost; that it was signed shows that it was given out. Returns
# {the guest's number, this one or another that it has meanwhile, or 0 if this one was not lost; the
# era}. Of the losses, too, the newest may be lost; what they took is then lost anew, later.
RECLAIM = (
    NAMES
    + """
if not redis.call('HGET', room, 'state') then return {0, 0} end
local number, since = tonumber(ARGV[2]), tonumber(ARGV[3])
local floor = number
"""
    + _HEAL
    + """
local has = redis.call('HGET', users, ARGV[1])
if has then return {tonumber(has), era()} end
for _, lost in ipairs(redis.call('LRANGE', losses, 0, -1)) do
  local left, top, at = string.match(lost, '(%d+) (%d+) (%d+)')
  if tonumber(at) > since and number > tonumber(left) and number <= tonumber(top) then
    redis.call('HSETNX', users, '#' .. number, ARGV[1])
    if redis.call('HGET', users, '#' .. number) ~= ARGV[1] then break end
    redis.call('HSET', users, ARGV[1], number)
    return {number, era()}
  end
end
return {0, era()}
"""
)

# ARGV: the worker's highest number. Ends the collection, once all that was given out is known.
# Returns 1 if this call did it.
CLOSE = (
    NAMES
    + """
if redis.call('HGET', room, 'state') ~= 'collecting' then return 0 end
local floor = tonumber(ARGV[1])
"""
    + _HEAL
    + """
if mending > now then return 0 end
redis.call('HSET', room, 'state', 'drawing', 'collected', tail)
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# ARGV: slot used, its hash, seed, the worker's highest number. The first caller's stay; not while a
# draw that was lost may yet be told again. Returns 1 if this call did it.
OPEN = (
    NAMES
    + """
if redis.call('HGET', room, 'state') ~= 'drawing' then return 0 end
local floor = tonumber(ARGV[4])
"""
    + _HEAL
    + """
if mending > now then return 0 end
redis.call('HSET', room, 'state', 'open', 'beacon_used', ARGV[1], 'beacon_hash', ARGV[2],
  'seed', ARGV[3], 'tokens', 0, 'refilled', now)
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# Stops the queue for good. Returns 1 if this call did it.
SELL_OUT = (
    NAMES
    + """
if redis.call('HGET', room, 'state') ~= 'open' then return 0 end
redis.call('HSET', room, 'state', 'sold_out')
redis.call('HINCRBY', room, 'version', 1)
return 1
"""
)

# ARGV: the worker's name, or '' if it keeps no copy.
# Everything that a worker keeps a copy of, at one moment. Returns {fields of the room, places
# inside with the ends of their leases, places in grace, losses, Redis's run}, or nil if there is no
# room.
LOAD = (
    NAMES
    + _RUN
    + """
local fields = redis.call('HGETALL', room)
if #fields == 0 then return nil end
if ARGV[1] ~= '' then redis.call('HSETNX', workers, ARGV[1], run) end
return {fields, redis.call('ZRANGE', inside, 0, -1, 'WITHSCORES'),
  redis.call('ZRANGE', grace, 0, -1), redis.call('LRANGE', losses, 0, -1), run}
"""
)

# ARGV: length of a claim, how long a missed turn may be asked for again, both in milliseconds; the
# worker's highest number; the number of the last change that it knows; its name; the draw that it
# knows (commit, collected, slot, its hash, seed), or '': Redis may have lost it.
# Ends leases that are over and lets in whom rate and capacity allow, second turns first. Any worker
# may call it at any time: what may be let in is kept here as a bucket of at most one second's rate.
# Returns {state, serving, tail, version, number of the first change that follows, changes, Redis's
# run}, or nil if there is no room. The first change is not the one after the worker's last if too
# many came between; it is 0 if Redis has fewer than the worker.
TICK = (
    NAMES
    + """
local drawn, commit = unpack(redis.call('HMGET', room, 'state', 'commit'))
if not drawn then return nil end
local floor, seen = tonumber(ARGV[3]), tonumber(ARGV[4])
"""
    + _HEAL
    + """
if ARGV[6] ~= '' and (drawn == 'collecting' or drawn == 'drawing') then
  local of, collected, used, hash, seed =
    string.match(ARGV[6], '^(%x*) (%d+) (%d+) (%x*) (%x*)$')
  if of == commit then
    redis.call('HSET', room, 'state', 'open', 'collected', collected, 'beacon_used', used,
      'beacon_hash', hash, 'seed', seed, 'tokens', 0, 'refilled', now)
    redis.call('HINCRBY', room, 'version', 1)
  end
end
local r = redis.call('HMGET', room, 'state', 'serving', 'rate', 'capacity', 'tokens', 'refilled')
local state, serving = r[1], tonumber(r[2])

local back = tonumber(r[6] or 0) - now
if back > 1000 then -- the clock was put back: what is left of a lease stays as long
  local leases = redis.call('ZRANGE', inside, 0, -1, 'WITHSCORES')
  for i = 1, #leases, 2 do redis.call('ZADD', inside, leases[i + 1] - back, leases[i]) end
  redis.call('HSET', room, 'refilled', now)
  redis.call('HINCRBY', room, 'version', 1)
end

if redis.call('HGET', workers, ARGV[5]) ~= run then redis.call('HSET', workers, ARGV[5], run) end
if mending > now then
  local all_told = not is_gathering()
  for _, told in ipairs(redis.call('HVALS', workers)) do
    if is_awaited(told) then all_told = false end
  end
  if all_told then redis.call('HSET', room, 'mending', 0) end
end

for _, place in ipairs(redis.call('ZRANGEBYSCORE', inside, '-inf', now, 'LIMIT', 0, 1000)) do
  redis.call('ZREM', inside, place)
  if not redis.call('HGET', turns, place) then redis.call('ZADD', lapsed, now, place) end
end
redis.call('ZREMRANGEBYSCORE', lapsed, '-inf', now - tonumber(ARGV[2]))

if state == 'open' then
  local rate = tonumber(r[3])
  local tokens = tonumber(r[5]) + math.max(0, now - tonumber(r[6])) * rate / 1000
  tokens = math.min(tokens, math.max(rate, 1))
  local room_left = tonumber(r[4]) - redis.call('ZCARD', inside)
  local free = math.floor(math.min(tokens, room_left, 1000))
  local ends = now + tonumber(ARGV[1])
  while free > 0 do
    local place = redis.call('ZPOPMIN', grace)[1]
    if not place then break end
    redis.call('ZADD', inside, ends, place)
    tell('in ' .. place .. ' ' .. place .. ' ' .. ends)
    free, tokens = free - 1, tokens - 1
  end
  free = math.min(free, tail - serving)
  if free > 0 then
    local leases = {}
    for place = serving + 1, serving + free do
      leases[#leases + 1] = ends
      leases[#leases + 1] = place
    end
    redis.call('ZADD', inside, unpack(leases))
    tell('in ' .. serving + 1 .. ' ' .. serving + free .. ' ' .. ends)
    serving, tokens = serving + free, tokens - free
  end
  redis.call('HSET', room, 'serving', serving, 'tokens', tostring(tokens), 'refilled', now)
end

local version, changed = unpack(redis.call('HMGET', room, 'version', 'changed'))
local first, news = seen + 1, {}
if seen > tonumber(changed) then first = 0 end
if seen < tonumber(changed) then
  for i, entry in ipairs(redis.call('XRANGE', changes, seen + 1 .. '-0', '+', 'COUNT', 5000)) do
    if i == 1 then first = tonumber(string.match(entry[1], '%d+')) end
    news[i] = entry[2][2]
  end
end
return {state, serving, tail, tonumber(version), first, news, run}
"""
)
