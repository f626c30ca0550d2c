import type { Metrics } from '#platform/telemetry/metrics';
import type { Cache } from './cache.ts';
import { parseCached, stringifyCached } from './cached-text.ts';
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
  const flights = createSingleFlight<string | undefined>();
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

  function keepInFront(key: string, text: string, secondsLeft: number): void {
    front.set(key, text, Math.min(secondsLeft, revokeSeconds));
  }

  async function find(key: string): Promise<string | undefined> {
    const near = front.get(key);
    if (near !== undefined) return near;
    const stored = await store.get(key);
    if (stored) keepInFront(key, stored.text, stored.secondsLeft);
    return stored?.text;
  }

  async function read(key: string, operation: string): Promise<string | undefined> {
    const text = await find(key);
    (text === undefined ? metrics.cacheMissesTotal : metrics.cacheHitsTotal).inc({ operation });
    return text;
  }

  async function keep(key: string, text: string, ttlSeconds: number): Promise<void> {
    keepInFront(key, text, ttlSeconds);
    await store.add(key, text, ttlSeconds);
  }

  return {
    async get(key) {
      return parseCached(await read(key, 'get'));
    },
    async set(key, value, ttlSeconds) {
      const text = stringifyCached(value);
      await (text === undefined ? store.delete(key) : store.set(key, text, ttlSeconds));
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
      const text = await flights.run(key, async (flight) => {
        const known = await read(key, 'get_or_load');
        if (known !== undefined) return known;
        const loaded = stringifyCached(await load());
        if (loaded !== undefined && !flight.isOutdated) await keep(key, loaded, ttlSeconds);
        return loaded;
      });
      return parseCached(text);
    },
    ping: () => redis.ping(),
    async close() {
      front.clear();
      drops.close();
    },
  };
}
