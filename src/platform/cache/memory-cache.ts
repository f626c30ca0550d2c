import type { Metrics } from '#platform/telemetry/metrics';
import type { Cache } from './cache.ts';
import { toCached, type CachedValue } from './cached-value.ts';
import { createMemoryStore } from './memory-store.ts';
import { createSingleFlight } from './single-flight.ts';

export type MemoryCacheDependencies = {
  readonly metrics: Pick<Metrics, 'cacheHitsTotal' | 'cacheMissesTotal'>;
  /** Milliseconds that only ever grow; tests bring their own. */
  readonly now?: () => number;
  /** Most characters of all keys and values together. */
  readonly maxSize?: number;
};

/** The cache of a service that runs as one process. */
export function createMemoryCache({ metrics, ...options }: MemoryCacheDependencies): Cache {
  const store = createMemoryStore(options);
  const flights = createSingleFlight<CachedValue | undefined>();

  function read(key: string, operation: string): CachedValue | undefined {
    const known = store.get(key);
    (known ? metrics.cacheHitsTotal : metrics.cacheMissesTotal).inc({ operation });
    return known;
  }

  return {
    async get(key) {
      return read(key, 'get')?.value;
    },
    async set(key, value, ttlSeconds) {
      flights.forget(key);
      const cached = toCached(value);
      if (cached) store.set(key, cached, ttlSeconds);
      else store.delete(key);
    },
    async delete(key) {
      flights.forget(key);
      store.delete(key);
    },
    async getOrLoad(key, ttlSeconds, load) {
      const known = read(key, 'get_or_load');
      const cached =
        known ??
        (await flights.run(key, async (flight) => {
          const loaded = toCached(await load());
          if (loaded && !flight.isOutdated) store.set(key, loaded, ttlSeconds);
          return loaded;
        }));
      return cached?.value;
    },
    async ping() {},
    async close() {
      store.clear();
    },
  };
}
