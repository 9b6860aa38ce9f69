"""The Redis scripts of turns and visits; the keys and what all share are in lua.py."""

from conting_gateway.waitroom.lua import NAMES

# ARGV: guest, number, place, length of a visit, how long a missed turn may be asked for again
# (milliseconds). Returns {outcome, end of the lease in Unix milliseconds or 0}:
#   entered   the lease now lasts a visit; asking again changes nothing
#   waiting   the turn has not come      grace   a second turn has been asked for
#   sold_out  nor will it, nor a second one: nothing is sold any more
#   lapsed    over; the guest may join anew      spent   bought; likewise
#   lost      the guest does not have this number (the store lost it in a crash)
ENTER = (
    NAMES
    + """
local guest, number, place = ARGV[1], ARGV[2], ARGV[3]
local turn = redis.call('HGET', turns, place)
local has = redis.call('HGET', users, guest)
if turn == 'spent' then
  if has == number then redis.call('HDEL', users, guest) end -- RECLAIM has given it back since
  return {'spent', 0}
end
if has ~= number then return {turn and 'lapsed' or 'lost', 0} end
local ends = tonumber(redis.call('ZSCORE', inside, place) or 0)
if ends > now then
  if turn ~= 'entered' then
    ends = now + tonumber(ARGV[4])
    redis.call('ZADD', inside, ends, place)
    redis.call('HSET', turns, place, 'entered')
    tell('in ' .. place .. ' ' .. place .. ' ' .. ends)
  end
  return {'entered', ends}
end
local state, serving = unpack(redis.call('HMGET', room, 'state', 'serving'))
if state == 'sold_out' then return {'sold_out', 0} end
if tonumber(place) > tonumber(serving) then return {'waiting', 0} end
if redis.call('ZSCORE', grace, place) then return {'grace', 0} end
local missed = redis.call('ZSCORE', lapsed, place)
if ends > 0 and not turn then missed = ends end
if not turn and missed and now - tonumber(missed) < tonumber(ARGV[5]) then
  redis.call('ZREM', inside, place)
  redis.call('ZREM', lapsed, place)
  redis.call('ZADD', grace, now, place)
  redis.call('HSET', turns, place, 'again')
  tell('grace ' .. place)
  return {'grace', 0}
end
redis.call('HDEL', users, guest)
if not turn then redis.call('HSET', turns, place, 'again') end
return {'lapsed', 0}
"""
)

# ARGV: guest, number, place. Ends a visit that bought something: its lease is free for the next.
SPEND = (
    NAMES
    + """
redis.call('ZREM', inside, ARGV[3])
redis.call('HSET', turns, ARGV[3], 'spent')
if redis.call('HGET', users, ARGV[1]) == ARGV[2] then redis.call('HDEL', users, ARGV[1]) end
tell('out ' .. ARGV[3])
return 1
"""
)

# ARGV: guest, number, place. Ends a visit, or a turn that was not taken, before its time: its lease
# is free for the next, and the guest may join anew. Returns 'waiting' if the turn is still to come,
# 'out' if it is over, now or before; 'anew' if it was over, and the guest has another place by now.
LEAVE = (
    NAMES
    + """
local guest, number, place = ARGV[1], ARGV[2], ARGV[3]
if tonumber(place) > tonumber(redis.call('HGET', room, 'serving')) then return 'waiting' end
if redis.call('ZSCORE', grace, place) then return 'waiting' end
local has = redis.call('HGET', users, guest)
if has ~= number then return has and 'anew' or 'out' end
redis.call('ZREM', inside, place)
redis.call('ZREM', lapsed, place)
redis.call('HSET', turns, place, 'left')
redis.call('HDEL', users, guest)
tell('out ' .. place)
return 'out'
"""
)

# ARGV: place. Returns 'inside', 'spent', or 'outside'.
STANDING = (
    NAMES
    + """
local turn = redis.call('HGET', turns, ARGV[1])
if turn == 'spent' then return 'spent' end
local ends = tonumber(redis.call('ZSCORE', inside, ARGV[1]) or 0)
return (turn == 'entered' and ends > now) and 'inside' or 'outside'
"""
)
