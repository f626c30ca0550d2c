import type { Metrics } from '#platform/telemetry/metrics';
import type { Cache } from './cache.ts';
import { readCached, toCached, type CachedValue } from './cached-value.ts';
import { createRedisChannel } from './redis-channel.ts';
import { createMemoryStore } from './memory-store.ts';
import type { RedisConnection } from './redis.ts';
import { createRedisStore } from './redis-store.ts';
import { createSingleFlight } from './single-flight.ts';

export type RedisCacheDependencies = {
  readonly redis: RedisConnection;
  readonly metrics: Pick<Metrics, 'cacheHitsTotal' | 'cacheMissesTotal'>;
  /** Longest life of a value in the process's own front; zero turns the front off. */
  readonly revokeSeconds: number;
  readonly namespace?: string;
};

/**
 * The cache of many replicas: Redis behind a small front in each process, whose entries are dropped
 * by message. Without Redis it goes on with the front alone, and no caller sees a failure.
 */
export async function createRedisCache(dependencies: RedisCacheDependencies): Promise<Cache> {
  const { redis, metrics, revokeSeconds, namespace = 'groundwork:cache:' } = dependencies;
  const front = createMemoryStore();
  const store = createRedisStore({ redis, namespace });
  const flights = createSingleFlight<CachedValue | undefined>();
  const drops = await createRedisChannel({
    redis,
    channel: `${namespace}dropped`,
    onMessage: forget,
    onGap: () => front.clear(),
  });

  function forget(key: string): void {
    flights.forget(key);
    front.delete(key);
  }

  function keepInFront(key: string, value: CachedValue, secondsLeft: number): void {
    front.set(key, value, Math.min(secondsLeft, revokeSeconds));
  }

  async function find(key: string): Promise<CachedValue | undefined> {
    const near = front.get(key);
    if (near) return near;
    const stored = await store.get(key);
    if (!stored) return undefined;
    const value = readCached(stored.text);
    keepInFront(key, value, stored.secondsLeft);
    return value;
  }

  async function read(key: string, operation: string): Promise<CachedValue | undefined> {
    const known = await find(key);
    (known ? metrics.cacheHitsTotal : metrics.cacheMissesTotal).inc({ operation });
    return known;
  }

  async function keep(key: string, value: CachedValue, ttlSeconds: number): Promise<void> {
    keepInFront(key, value, ttlSeconds);
    await store.add(key, value.text, ttlSeconds);
  }

  return {
    async get(key) {
      return (await read(key, 'get'))?.value;
    },
    async set(key, value, ttlSeconds) {
      const cached = toCached(value);
      await (cached ? store.set(key, cached.text, ttlSeconds) : store.delete(key));
      forget(key);
      await drops.publish(key);
    },
    async delete(key) {
      await store.delete(key);
      forget(key);
      await drops.publish(key);
    },
    async getOrLoad(key, ttlSeconds, load) {
      // The look into Redis is shared too: a late reply of "nothing" would start a second load.
      const cached = await flights.run(key, async (flight) => {
        const known = await read(key, 'get_or_load');
        if (known) return known;
        const loaded = toCached(await load());
        if (loaded && !flight.isOutdated) await keep(key, loaded, ttlSeconds);
        return loaded;
      });
      return cached?.value;
    },
    ping: () => redis.ping(),
    async close() {
      front.clear();
      drops.close();
    },
  };
}
