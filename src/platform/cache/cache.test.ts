import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics, type Metrics } from '#platform/telemetry/metrics';
import type { Cache } from './cache.ts';
import { createMemoryCache } from './memory-cache.ts';
import { createRedisCache } from './redis-cache.ts';
import { createRedis } from './redis.ts';

type Subject = { readonly cache: Cache; readonly metrics: Metrics; close(): Promise<void> };

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function memorySubject(): Promise<Subject> {
  const metrics = createMetrics();
  const cache = createMemoryCache({ metrics });
  return { cache, metrics, close: () => cache.close() };
}

async function redisSubject(url: string, revokeSeconds: number): Promise<Subject> {
  const metrics = createMetrics();
  const redis = await createRedis({
    url,
    metrics,
    logger: createLogger({ level: 'silent', format: 'json' }),
  });
  const namespace = `test:${randomUUID()}:`;
  const cache = await createRedisCache({ redis, metrics, revokeSeconds, namespace });
  return {
    cache,
    metrics,
    async close() {
      await cache.close();
      await redis.close();
    },
  };
}

function countMetric(metrics: Metrics, name: string): Promise<number> {
  return metrics.registry
    .getMetricsAsJSON()
    .then((all) => all.find((metric) => metric.name === name))
    .then((metric) => (metric?.values ?? []).reduce((sum, { value }) => sum + value, 0));
}

async function loadList(): Promise<{ list: number[] }> {
  return { list: [1] };
}

function behavesAsACache(createSubject: () => Promise<Subject>): void {
  async function start(): Promise<Subject> {
    const subject = await createSubject();
    closers.push(() => subject.close());
    return subject;
  }

  it('gives back what was put in, as JSON', async () => {
    const { cache } = await start();
    await cache.set('key', { text: 'grüße 😀', at: new Date(0), none: null }, 60);
    expect(await cache.get('key')).toEqual({
      text: 'grüße 😀',
      at: '1970-01-01T00:00:00.000Z',
      none: null,
    });
  });

  it('finds nothing under a key that was never set', async () => {
    const { cache } = await start();
    expect(await cache.get('key')).toBeUndefined();
  });

  it('tells a cached null from nothing', async () => {
    const { cache } = await start();
    await cache.set('key', null, 60);
    expect(await cache.get('key')).toBeNull();
    expect(await cache.getOrLoad('key', 60, async () => 'loaded')).toBeNull();
  });

  it('drops a key', async () => {
    const { cache } = await start();
    await cache.set('key', 1, 60);
    await cache.delete('key');
    expect(await cache.get('key')).toBeUndefined();
  });

  it('forgets a value at the end of its life', async () => {
    const { cache } = await start();
    await cache.set('key', 1, 0.05);
    await vi.waitFor(async () => expect(await cache.get('key')).toBeUndefined());
  });

  it('keeps nothing for a life of zero', async () => {
    const { cache } = await start();
    await cache.set('key', 1, 0);
    expect(await cache.get('key')).toBeUndefined();
  });

  it('does not let a caller change what others read', async () => {
    const { cache } = await start();
    const [first, second] = await Promise.all([
      cache.getOrLoad('key', 60, loadList),
      cache.getOrLoad('key', 60, loadList),
    ]);
    expect(() => first.list.push(2)).toThrow(TypeError);
    expect(() => Object.assign(first, { list: [] })).toThrow(TypeError);
    expect(second).toEqual({ list: [1] });
    expect(await cache.get('key')).toEqual({ list: [1] });
  });

  it('loads once for parallel misses, and not again while the value lives', async () => {
    const { cache } = await start();
    const load = vi.fn<() => Promise<string>>(async () => 'value');
    const results = await Promise.all(
      Array.from({ length: 20 }, () => cache.getOrLoad('key', 60, load)),
    );
    expect(new Set(results)).toEqual(new Set(['value']));
    expect(await cache.getOrLoad('key', 60, load)).toBe('value');
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('passes a failed load on to all who wait, and loads anew afterwards', async () => {
    const { cache } = await start();
    const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('down'));
    const waiting = [cache.getOrLoad('key', 60, load), cache.getOrLoad('key', 60, load)];
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    load.mockResolvedValue('value');
    expect(await cache.getOrLoad('key', 60, load)).toBe('value');
  });

  it('does not keep an undefined result', async () => {
    const { cache } = await start();
    expect(await cache.getOrLoad('key', 60, async () => undefined)).toBeUndefined();
    expect(await cache.getOrLoad('key', 60, async () => 'value')).toBe('value');
  });

  it('does not bring back a value whose load began before it was dropped', async () => {
    const { cache } = await start();
    const loading = Promise.withResolvers<string>();
    const isLoading = Promise.withResolvers<void>();
    const stale = cache.getOrLoad('key', 60, () => {
      isLoading.resolve();
      return loading.promise;
    });
    await isLoading.promise;
    await cache.delete('key');
    loading.resolve('old');
    expect(await stale).toBe('old');
    expect(await cache.getOrLoad('key', 60, async () => 'new')).toBe('new');
  });

  it('counts hits and misses', async () => {
    const { cache, metrics } = await start();
    await cache.getOrLoad('key', 60, async () => 1);
    await cache.get('key');
    await cache.get('key');
    expect(await countMetric(metrics, 'cache_misses_total')).toBe(1);
    expect(await countMetric(metrics, 'cache_hits_total')).toBe(2);
  });

  it('answers a ping', async () => {
    const { cache } = await start();
    await expect(cache.ping()).resolves.toBeUndefined();
  });
}

describe('the cache in process', () => {
  behavesAsACache(memorySubject);

  it('lets the least used go when it is full', async () => {
    const cache = createMemoryCache({ metrics: createMetrics(), maxSize: 1000 });
    for (let index = 0; index < 200; index += 1)
      await cache.set(`key-${index}`, 'x'.repeat(20), 60);
    expect(await cache.get('key-0')).toBeUndefined();
    expect(await cache.get('key-199')).toBe('x'.repeat(20));
  });
});

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';

describe.runIf(redisUrl)('the cache on Redis', () => {
  behavesAsACache(() => redisSubject(redisUrl, 5));
});

describe.runIf(redisUrl)('the cache on Redis without a front', () => {
  behavesAsACache(() => redisSubject(redisUrl, 0));
});
