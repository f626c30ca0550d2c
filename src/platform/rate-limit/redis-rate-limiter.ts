import { z } from 'zod';
import { evaluateScript, redisScript } from '#platform/cache/evaluate-script';
import type { RedisConnection } from '#platform/cache/redis';
import { AppError } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import { CONSUME_SCRIPT } from './consume-script.ts';
import { decideRate } from './decide-rate.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import type { RateDecision, RateLimiter, RatePolicy } from './rate-limiter.ts';

const MS_PER_SECOND = 1000;
const SCRIPT = redisScript(CONSUME_SCRIPT);
const RETRY_AFTER_SECONDS = 5;

const Reply = z.tuple([z.literal([0, 1]), z.array(z.tuple([z.int(), z.int()]))]);

export type RedisRateLimiterDependencies = {
  readonly redis: RedisConnection;
  readonly metrics: Pick<Metrics, 'rateLimitFailOpenTotal'>;
  /** What becomes of limits that guard nothing dear while Redis is gone. */
  readonly failMode: 'open' | 'closed';
  readonly namespace?: string;
};

/**
 * Exact sliding windows that all replicas share, by Redis's clock, in one round trip. Without Redis
 * each process limits on its own, and goes on from what it has let in before.
 */
export function createRedisRateLimiter(dependencies: RedisRateLimiterDependencies): RateLimiter {
  const { redis, metrics, failMode, namespace = 'groundwork:rate:' } = dependencies;
  const local = createMemoryRateLimiter();

  async function consumeShared(policy: RatePolicy, key: string): Promise<RateDecision> {
    const reply = await redis.run('rate_limit', (client) =>
      evaluateScript(client, SCRIPT, {
        keys: windowKeys(policy, namespace + key),
        values: windowArguments(policy),
      }),
    );
    const [allowed, uses] = Reply.parse(reply);
    return decideRate(
      allowed === 1,
      policy.windows.map((window, index) => {
        const [used = 0, resetMs = 0] = uses[index] ?? [];
        return { window, used, resetMs };
      }),
    );
  }

  function consumeAlone(policy: RatePolicy, key: string): RateDecision {
    metrics.rateLimitFailOpenTotal.inc({ scope: policy.name });
    if (failMode === 'open' || policy.isGuarded) return local.count(policy, key);
    throw new AppError('unavailable', 'Limits cannot be checked now. Try again soon.', {
      reason: 'rate_limit.unavailable',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  return {
    async consume(policy, key) {
      const decision = await consumeShared(policy, key).catch(() => undefined);
      if (!decision) return consumeAlone(policy, key);
      if (decision.isAllowed) local.count(policy, key);
      return decision;
    },
    close: () => local.close(),
  };
}

function windowKeys(policy: RatePolicy, key: string): string[] {
  // The braces keep the windows of one caller on one node of a cluster.
  return policy.windows.map(({ windowSeconds }) => `{${policy.name}:${key}}:${windowSeconds}`);
}

function windowArguments(policy: RatePolicy): number[] {
  return policy.windows.flatMap(({ limit, windowSeconds }) => [
    limit,
    windowSeconds * MS_PER_SECOND,
  ]);
}
