"""The Redis script of the gate: one nonce, one verdict; one ticket and session, one admission.

KEYS, all with the event's hash tag:
  1 nonce      string   the record of the verdict on this pass, JSON
  2 admitted   string   the record by which this ticket was admitted to this session, JSON
"""

# ARGV: the record that would be kept, JSON with gate, at, reason ('' if it admits), digest; how
# long to keep the nonce; how long to keep the admission (milliseconds).
# Returns {1 if this call wrote it, the record under the nonce}. A record that would admit a ticket
# that is in becomes already_in, with the gate and time of the admission as where and when.
SPEND = """
local kept = redis.call('GET', KEYS[1])
if kept then return {0, kept} end
local text = ARGV[1]
local record = cjson.decode(text)
if record.reason == '' then
  local admission = redis.call('GET', KEYS[2])
  if admission then
    local was = cjson.decode(admission)
    record.reason, record.where, record.when = 'already_in', was.gate, was.at
    text = cjson.encode(record)
  else
    redis.call('SET', KEYS[2], text, 'PX', ARGV[3])
  end
end
redis.call('SET', KEYS[1], text, 'PX', ARGV[2])
return {1, text}
"""
