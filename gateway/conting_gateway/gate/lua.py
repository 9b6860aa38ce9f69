"""The Redis scripts of the gate: one nonce, one verdict; one ticket and session, one admission.

Keys, all with the event's hash tag:
  nonce      string   the record of the verdict on this pass, JSON
  admitted   hash     of one session: ticket -> the record by which it was admitted, JSON
  log        list     of one session: the tickets in the order of their admissions
  writers    hash     of one session: gate group -> {gate, log, until, since} of its one writer,
                      JSON; until is 0 where the right was given back
  tally      hash     of one session: "gate reason" -> how often; reason is empty for admissions
  refusals   hash     of one session: "gate log" -> reason -> how often, as the gate tells, JSON
  conflicts  hash     of one session: digest -> two scans that can't both be right, JSON
  run        hash     of the event: id of the Redis process that wrote last; until: end of mending
"""

MENDING = 2_000  # milliseconds in which all processes tell again what they told last
KEEP_RUN = 7 * 86_400_000  # milliseconds

# A Redis that was started again, or that has taken over from another one, may lack its last moment.
# Each process remembers what it told others, and tells Redis again before MENDING is over; until
# then nobody is let in, nor told to be a writer, on what Redis alone remembers. So it is where
# neither Redis nor the process that asks knows of a run: the very first word may be lost.
# `seen`: the run that the asking process knows, or '', which is none that serves. Gives the run,
# and for how long it is mended yet (milliseconds), which no clock that is put back prolongs.
_RUN = """
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function run_of(key, seen)
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local kept, known = unpack(redis.call('HMGET', key, 'id', 'until'))
  local now, ends = clock(), tonumber(known or 0)
  if (kept or seen) ~= run or ends > now + MENDING then ends = now + MENDING end
  if kept ~= run or ends ~= tonumber(known) or redis.call('PTTL', key) < KEEP_RUN / 2 then
    redis.call('HSET', key, 'id', run, 'until', ends)
    redis.call('PEXPIRE', key, KEEP_RUN)
  end
  return run, math.max(0, ends - now)
end
""".replace("MENDING", str(MENDING)).replace("KEEP_RUN", str(KEEP_RUN))

# KEYS: run. ARGV: seen. Returns the run.
RUN = (
    _RUN
    + """
return (run_of(KEYS[1], ARGV[1]))
"""
)

# `since_now`: when a new word about a right is said. Later than the last one, whatever the clock.
_WRITER = """
local function writer_of(key, group, now)
  local text = redis.call('HGET', key, group)
  if not text then return nil end
  local writer = cjson.decode(text)
  if tonumber(writer['until']) <= now then return nil end
  return writer
end
local function since_now(key, group, now)
  local text = redis.call('HGET', key, group)
  return math.max(now, (text and cjson.decode(text).since or 0) + 1)
end
local function keep_writer(key, group, writer, milliseconds)
  local text = cjson.encode(writer)
  redis.call('HSET', key, group, text)
  if redis.call('PTTL', key) < milliseconds then redis.call('PEXPIRE', key, milliseconds) end
  return text
end
"""

# `after` of an admission names the entries that supervisors took back before it: whatever is told
# of these once more is known. `following`: a text that takes the place of the admission `was`.
_AFTER = """
local function knows(was, nonce)
  return was.nonce == nonce or string.find(was.after or '', nonce, 1, true) ~= nil
end
local function following(text, was)
  if not was or not was.after then return text end
  local told = cjson.decode(text)
  told.after = was.after .. (told.after and ' ' .. told.after or '')
  return cjson.encode(told)
end
"""

# KEYS: nonce, admitted, log, writers, tally, run. ARGV: the record that would be kept, JSON with
# gate, at, reason ('' if it admits), digest; ticket; gate group of the ticket; now; how long to
# keep the nonce and the admission (milliseconds); nonce of an entry that a supervisor took back, or
# ''; the admission as it would be kept, JSON; the gate's log; the run that the caller knows; a name
# of the call, by which it is known when its answer was lost and it is made again.
# Returns {1 if this call wrote it, 0 if there was a verdict, 2 if nothing was spent, 3 if Redis is
# being mended; the record, or for how long (milliseconds); the run if it admits}.
# A record that would admit a ticket that is in becomes already_in, with the gate and time of the
# admission as where and when; one of a group with another writer becomes wrong_gate.
SPEND = (
    _RUN
    + _WRITER
    + _AFTER
    + """
local kept = redis.call('GET', KEYS[1])
if kept then
  local known = cjson.decode(kept)
  if known.call ~= ARGV[11] then return {0, kept, ''} end
  return {1, kept, known.reason == '' and run_of(KEYS[6], ARGV[10]) or ''}
end
local run, left = '', 0
local ticket, now = ARGV[2], tonumber(ARGV[4])
local record = cjson.decode(ARGV[1])
record.call = ARGV[11]
local text = cjson.encode(record)
if record.reason == '' then
  local admission = redis.call('HGET', KEYS[2], ticket)
  local was = admission and cjson.decode(admission)
  local writer = writer_of(KEYS[4], ARGV[3], now)
  if was and (ARGV[7] == '' or was.nonce ~= ARGV[7]) then
    record.reason, record.where, record.when = 'already_in', was.gate, was.at
    text = cjson.encode(record)
  elseif writer and (writer.gate ~= record.gate or writer.log ~= ARGV[9]) then
    record.reason, record.where = 'wrong_gate', writer.gate
    redis.call('HINCRBY', KEYS[5], record.gate .. ' wrong_gate', 1)
    redis.call('PEXPIRE', KEYS[5], ARGV[6])
    return {2, cjson.encode(record), ''}
  else
    run, left = run_of(KEYS[6], ARGV[10])
    if left > 0 then return {3, tostring(left), run} end
    redis.call('HSET', KEYS[2], ticket, following(ARGV[8], was))
    redis.call('RPUSH', KEYS[3], ticket)
    redis.call('PEXPIRE', KEYS[2], ARGV[6])
    redis.call('PEXPIRE', KEYS[3], ARGV[6])
  end
end
redis.call('SET', KEYS[1], text, 'PX', ARGV[5])
redis.call('HINCRBY', KEYS[5], record.gate .. ' ' .. record.reason, 1)
redis.call('PEXPIRE', KEYS[5], ARGV[6])
return {1, text, run}
"""
)

# KEYS: writers, run. ARGV: group, gate, log, until, now (Unix seconds), whom to take it from (''
# for nobody, '*' for anybody, or gate and log), 1 to claim or 0 only to renew, how long to keep it
# (milliseconds), the run that the caller knows.
# Returns {1 if the caller is the writer now, 0 if not, 3 if Redis is being mended; the writer as
# JSON or '', or for how long (milliseconds); the run}. `since` is when the gate got the right, in
# milliseconds of Redis's clock: of what is told again the newer word counts.
CLAIM = (
    _RUN
    + _WRITER
    + """
local writer = writer_of(KEYS[1], ARGV[1], tonumber(ARGV[5]))
local ours = writer and writer.gate == ARGV[2] and writer.log == ARGV[3]
if not ours then
  local stays = writer and ARGV[6] ~= '*' and ARGV[6] ~= writer.gate .. ' ' .. writer.log
  if ARGV[7] == '0' or stays then return {0, writer and cjson.encode(writer) or '', ''} end
end
local run, left = run_of(KEYS[2], ARGV[9])
if left > 0 then return {3, tostring(left), run} end
local since = ours and writer.since or since_now(KEYS[1], ARGV[1], clock())
local told = {gate = ARGV[2], log = ARGV[3], ['until'] = tonumber(ARGV[4]), since = since}
return {1, keep_writer(KEYS[1], ARGV[1], told, tonumber(ARGV[8])), run}
"""
)

# KEYS: writers, run. ARGV: group, gate, log, now (Unix seconds), how long to keep the word of it
# (milliseconds), the run that the caller knows.
# Returns {1 if nobody is the writer now, 0 if another is, 3 if Redis is being mended; the writer
# that has ended as JSON, '' if there was none, or for how long; the run}.
RELEASE = (
    _RUN
    + _WRITER
    + """
local run, left = run_of(KEYS[2], ARGV[6])
if left > 0 then return {3, tostring(left), run} end
local writer = writer_of(KEYS[1], ARGV[1], tonumber(ARGV[4]))
if not writer or writer.gate ~= ARGV[2] or writer.log ~= ARGV[3] then
  return {writer and 0 or 1, '', run}
end
writer['until'], writer.since = 0, since_now(KEYS[1], ARGV[1], clock())
return {1, keep_writer(KEYS[1], ARGV[1], writer, tonumber(ARGV[5])), run}
"""
)

# KEYS: admitted, log, tally, conflicts, run. ARGV: ticket; gate; nonce (hex); the admission, JSON;
# how long to keep it (milliseconds); nonce of an entry that a supervisor took back, or ''; name of
# the conflict, should there be one; an entry that is on chain, JSON as an admission, or ''; the run
# that the caller knows.
# Returns {'kept', 'known' or 'conflict'; the run}. A gate that asked, got no answer and then
# decided by itself contradicts nobody: the gateway's record of what it asked gives way to what it
# did. Nor does that record come back where Redis is told it again: what has taken its place since,
# or has been let in after it was taken back, stays; and that contradicts nobody.
SYNC = (
    _RUN
    + _AFTER
    + """
local run = run_of(KEYS[5], ARGV[9])
local text = redis.call('HGET', KEYS[1], ARGV[1])
local was = text and cjson.decode(text)
local before = was
if was and knows(was, ARGV[3]) then return {'known', run} end
if was and ARGV[6] ~= '' and was.nonce == ARGV[6] then was = nil end
if not text and ARGV[8] ~= '' then
  was = cjson.decode(ARGV[8])
  if was.nonce == ARGV[3] then was = nil end
end
if was then
  local told = cjson.decode(ARGV[4])
  if was.gate == ARGV[2] and not told.offline then return {'known', run} end
  if was.gate ~= ARGV[2] or was.offline then
    local pair = cjson.encode({first = was, second = told})
    redis.call('HSETNX', KEYS[4], ARGV[7], pair)
    redis.call('PEXPIRE', KEYS[4], ARGV[5])
    return {'conflict', run}
  end
else
  redis.call('HINCRBY', KEYS[3], ARGV[2] .. ' ', 1)
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
redis.call('HSET', KEYS[1], ARGV[1], following(ARGV[4], before))
redis.call('RPUSH', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('PEXPIRE', KEYS[2], ARGV[5])
return {'kept', run}
"""
)

# KEYS: refusals. ARGV: the gate and a space; the log; its counts, JSON; how many logs of one gate
# there may be; how long to keep them (milliseconds). Returns 1 if they were kept.
NOTE_REFUSALS = """
local field = ARGV[1] .. ARGV[2]
if redis.call('HEXISTS', KEYS[1], field) == 0 then
  local others = 0
  for _, name in ipairs(redis.call('HKEYS', KEYS[1])) do
    if string.sub(name, 1, #ARGV[1]) == ARGV[1] then others = others + 1 end
  end
  if others >= tonumber(ARGV[4]) then return 0 end
end
redis.call('HSET', KEYS[1], field, ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
"""

# KEYS: writers. ARGV: group, the writer as JSON, how long to keep it (milliseconds). Says again
# whose right it is, or that it has ended, unless Redis has heard something newer.
GIVE_BACK = (
    _WRITER
    + """
local text, told = redis.call('HGET', KEYS[1], ARGV[1]), cjson.decode(ARGV[2])
local was = text and cjson.decode(text)
if was then
  local before, since = was.since or 0, told.since or 0
  if before > since or (before == since and was['until'] >= told['until']) then return 0 end
end
keep_writer(KEYS[1], ARGV[1], told, tonumber(ARGV[3]))
return 1
"""
)
