import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedis, type RedisConnection } from '#platform/cache/redis';
import { isAppError } from '#platform/errors/app-error';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import { parseRateLimit } from './parse-rate-limit.ts';
import type { RateLimiter, RatePolicy } from './rate-limiter.ts';
import { createRedisRateLimiter } from './redis-rate-limiter.ts';

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
const logger = createLogger({ level: 'silent', format: 'json' });

function buildPolicy(limit: string, isGuarded = false): RatePolicy {
  return { name: 'default', windows: parseRateLimit(limit), isGuarded };
}

async function admit(limiter: RateLimiter, policy: RatePolicy, hits: number): Promise<number> {
  const decisions = await Promise.all(
    Array.from({ length: hits }, () => limiter.consume(policy, 'caller')),
  );
  return decisions.filter(({ isAllowed }) => isAllowed).length;
}

function behavesAsALimiter(createLimiter: () => Promise<RateLimiter> | RateLimiter): void {
  it('lets in as many as the limit says and refuses the rest', async () => {
    expect(await admit(await createLimiter(), buildPolicy('100/minute'), 250)).toBe(100);
  });

  it('counts each caller and each policy by itself', async () => {
    const limiter = await createLimiter();
    const policy = buildPolicy('1/minute');
    await limiter.consume(policy, 'one');
    expect((await limiter.consume(policy, 'one')).isAllowed).toBe(false);
    expect((await limiter.consume(policy, 'other')).isAllowed).toBe(true);
    expect((await limiter.consume({ ...policy, name: 'login' }, 'one')).isAllowed).toBe(true);
  });

  it('tells what is left and when to come back', async () => {
    const limiter = await createLimiter();
    const policy = buildPolicy('2/minute');
    expect(await limiter.consume(policy, 'caller')).toEqual({
      isAllowed: true,
      window: { limit: 2, windowSeconds: 60, text: '2/minute' },
      remaining: 1,
      resetSeconds: 60,
    });
    await limiter.consume(policy, 'caller');
    const refused = await limiter.consume(policy, 'caller');
    expect(refused).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(refused.resetSeconds).toBeGreaterThan(50);
  });

  it('holds every window of a policy and names the one that refuses', async () => {
    const limiter = await createLimiter();
    const policy = buildPolicy('3/hour;100/day');
    expect(await admit(limiter, policy, 5)).toBe(3);
    const refused = await limiter.consume(policy, 'caller');
    expect(refused.window.text).toBe('3/hour');
    const wider = buildPolicy('100/hour;3/day');
    expect(await limiter.consume({ ...wider, name: 'wider' }, 'caller')).toMatchObject({
      remaining: 2,
      window: { text: '3/day' },
    });
  });

  it('lets the next one in once a window has passed', async () => {
    const limiter = await createLimiter();
    const policy = buildPolicy('1/second');
    await limiter.consume(policy, 'caller');
    expect((await limiter.consume(policy, 'caller')).isAllowed).toBe(false);
    await vi.waitFor(
      async () => expect((await limiter.consume(policy, 'caller')).isAllowed).toBe(true),
      { timeout: 3000 },
    );
  });
}

describe('the limiter in process', () => {
  behavesAsALimiter(() => createMemoryRateLimiter());

  it('slides: no stretch of a window holds more than the limit', async () => {
    let timeMs = 0;
    const limiter = createMemoryRateLimiter({ now: () => timeMs });
    const policy = buildPolicy('10/minute');
    const admitted: number[] = [];
    for (; timeMs < 300_000; timeMs += 1000) {
      const { isAllowed } = await limiter.consume(policy, 'caller');
      if (isAllowed) admitted.push(timeMs);
    }
    const fullest = Math.max(
      ...admitted.map((start) => admitted.filter((t) => t >= start && t < start + 60_000).length),
    );
    expect(fullest).toBe(10);
    expect(admitted).toHaveLength(50);
  });

  it('never refuses a caller who keeps exactly to the limit', async () => {
    let timeMs = 0;
    const limiter = createMemoryRateLimiter({ now: () => timeMs });
    const policy = buildPolicy('10/minute');
    for (; timeMs < 600_000; timeMs += 6000) {
      expect((await limiter.consume(policy, 'caller')).isAllowed).toBe(true);
    }
  });
});

describe.runIf(redisUrl)('the limiter on Redis', () => {
  let redis: RedisConnection;
  let proxy: TcpProxy;
  let metrics: ReturnType<typeof createMetrics>;

  beforeEach(async () => {
    const { hostname, port } = new URL(redisUrl);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    metrics = createMetrics();
    redis = await createRedis({ url: `redis://127.0.0.1:${proxy.port}`, logger, metrics });
  });

  afterEach(async () => {
    await redis.close();
    await proxy.close();
  });

  function build(failMode: 'open' | 'closed' = 'open', namespace = randomUUID()): RateLimiter {
    return createRedisRateLimiter({ redis, metrics, failMode, namespace });
  }

  async function failOpenCount(): Promise<number> {
    const { values } = await metrics.rateLimitFailOpenTotal.get();
    return values.reduce((sum, { value }) => sum + value, 0);
  }

  behavesAsALimiter(build);

  it('shares one limit over three replicas', async () => {
    const namespace = randomUUID();
    const replicas = [build('open', namespace), build('open', namespace), build('open', namespace)];
    const policy = buildPolicy('100/minute');
    const admitted = await Promise.all(replicas.map((replica) => admit(replica, policy, 67)));
    expect(admitted.reduce((sum, count) => sum + count, 0)).toBe(100);
  });

  const faults = {
    refused: () => proxy.refuse(),
    silent: async () => proxy.swallow(),
  };

  describe.each(Object.entries(faults))('while Redis is %s', (_name, breakDown) => {
    it('limits in this process, says so in a metric, and comes back by itself', async () => {
      const limiter = build();
      const policy = buildPolicy('5/minute');
      expect(await admit(limiter, policy, 4)).toBe(4);
      await breakDown();
      expect(await admit(limiter, policy, 10)).toBe(1);
      const failures = await failOpenCount();
      expect(failures).toBeGreaterThanOrEqual(10);

      await proxy.restore();
      await vi.waitFor(() => redis.ping(), { timeout: 5000 });
      expect(await admit(limiter, policy, 2)).toBe(1);
      expect(await failOpenCount()).toBe(failures);
    });

    it('refuses unguarded work where the operator chose closed, and still counts guarded work', async () => {
      const limiter = build('closed');
      await breakDown();
      const refusal = await limiter
        .consume(buildPolicy('5/minute'), 'caller')
        .catch((error) => error);
      expect(isAppError(refusal, 'unavailable')).toBe(true);
      expect(await admit(limiter, buildPolicy('5/minute', true), 10)).toBe(5);
    });

    it('adds at most 50 ms to 99 of 100 decisions', async () => {
      const limiter = build();
      const policy = buildPolicy('1000/minute');
      await breakDown();
      const times: number[] = [];
      for (let count = 0; count < 500; count += 1) {
        const startedAt = performance.now();
        await limiter.consume(policy, 'caller');
        times.push(performance.now() - startedAt);
      }
      expect(times.toSorted((one, other) => one - other)[494]).toBeLessThan(50);
    });
  });

  it('survives a Redis that forgot its scripts', async () => {
    const limiter = build();
    await redis.run('script', (client) => client.script('FLUSH'));
    expect(await admit(limiter, buildPolicy('2/minute'), 3)).toBe(2);
    expect(await failOpenCount()).toBe(0);
  });
});
