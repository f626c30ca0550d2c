/**
 * Counts one hit in every window of KEYS, or in none. ARGV holds each window's limit and length in
 * milliseconds. A window is a list of the times of its hits, oldest first.
 */
export const CONSUME_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local allowed = 1
for i, key in ipairs(KEYS) do
  local since = now - ARGV[2 * i]
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= since do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  if redis.call('LLEN', key) >= tonumber(ARGV[2 * i - 1]) then allowed = 0 end
end
local uses = {}
for i, key in ipairs(KEYS) do
  if allowed == 1 then
    redis.call('RPUSH', key, now)
    redis.call('PEXPIRE', key, ARGV[2 * i])
  end
  local oldest = redis.call('LINDEX', key, 0) or now
  uses[i] = { redis.call('LLEN', key), oldest + ARGV[2 * i] - now }
end
return { allowed, uses }
`;
