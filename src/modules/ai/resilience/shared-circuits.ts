import { z } from 'zod';
import { evaluateScript, redisScript, type RedisScript } from '#platform/cache/evaluate-script';
import type { RedisConnection } from '#platform/cache/redis';
import type { CircuitFailure, CircuitSettings, CircuitTarget, CircuitView } from './circuit.ts';

/**
 * Circuits as all processes see them, by Redis's clock. KEYS: until when it is open, and the times of failures.
 * Each call rejects, within the time of a Redis command, where Redis is gone.
 */
export type SharedCircuits = {
  enter(target: CircuitTarget): Promise<CircuitView>;
  /** How long the circuit is open after it; undefined where it stays closed. */
  fail(target: CircuitTarget, failure: CircuitFailure): Promise<number | undefined>;
  close(target: CircuitTarget): Promise<void>;
  handBack(target: CircuitTarget): Promise<void>;
};

/** A circuit that nobody has asked for is forgotten after it. */
const FORGOTTEN_AFTER_MS = 600_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local open_until = redis.call('GET', KEYS[1])
`;

/** ARGV: how long it stays open, when it is forgotten. */
const ENTER = redisScript(`${NOW}
if not open_until then return { 'closed', 0 } end
local left = tonumber(open_until) - now
if left > 0 then return { 'open', left } end
redis.call('SET', KEYS[1], now + ARGV[1], 'PX', ARGV[1] + ARGV[2])
return { 'half_open', 0 }
`);

/** ARGV: the same two, the window, the failures that open it, whether the failed call tried an open circuit. */
const FAIL = redisScript(`${NOW}
local function open()
  redis.call('SET', KEYS[1], now + ARGV[1], 'PX', ARGV[1] + ARGV[2])
  redis.call('DEL', KEYS[2])
  return tonumber(ARGV[1])
end
if ARGV[5] == '1' then return open() end
if open_until then return math.max(tonumber(open_until) - now, 0) end
redis.call('RPUSH', KEYS[2], now)
redis.call('PEXPIRE', KEYS[2], ARGV[3])
local oldest = redis.call('LINDEX', KEYS[2], 0)
while oldest and tonumber(oldest) <= now - ARGV[3] do
  redis.call('LPOP', KEYS[2])
  oldest = redis.call('LINDEX', KEYS[2], 0)
end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[4]) then return open() end
return -1
`);

const CLOSE = redisScript(`return redis.call('DEL', KEYS[1], KEYS[2])`);

const HAND_BACK = redisScript(`${NOW}
if open_until then redis.call('SET', KEYS[1], now, 'KEEPTTL') end
return 1
`);

const EnterReply = z.tuple([z.enum(['closed', 'open', 'half_open']), z.int()]);
const FailReply = z.int();

export type SharedCircuitsDependencies = {
  readonly redis: Pick<RedisConnection, 'run'>;
  readonly settings: CircuitSettings;
  readonly namespace?: string;
};

export function createSharedCircuits(dependencies: SharedCircuitsDependencies): SharedCircuits {
  const { redis, settings, namespace = 'groundwork:circuit:' } = dependencies;
  const { openMs, windowMs, failures } = settings;

  function run(
    script: RedisScript,
    target: CircuitTarget,
    values: readonly number[] = [],
  ): Promise<unknown> {
    const keys = keysOf(namespace, target);
    return redis.run('circuit', (client) => evaluateScript(client, script, { keys, values }));
  }

  return {
    async enter(target) {
      const reply = await run(ENTER, target, [openMs, FORGOTTEN_AFTER_MS]);
      const [state, leftMs] = EnterReply.parse(reply);
      return state === 'open' ? { state, leftMs } : { state };
    },
    async fail(target, { isProbe }) {
      const values = [openMs, FORGOTTEN_AFTER_MS, windowMs, failures, isProbe ? 1 : 0];
      const leftMs = FailReply.parse(await run(FAIL, target, values));
      return leftMs < 0 ? undefined : leftMs;
    },
    async close(target) {
      await run(CLOSE, target);
    },
    async handBack(target) {
      await run(HAND_BACK, target);
    },
  };
}

/** The braces keep both on one node of a cluster. */
function keysOf(
  namespace: string,
  { provider, model, owner = '' }: CircuitTarget,
): readonly string[] {
  const tag = `${namespace}{${[provider, model, owner].map(encodeURIComponent).join(':')}}`;
  return [`${tag}:open`, `${tag}:failures`];
}
