import type { Metrics } from '#platform/telemetry/metrics';
import type { Cache } from './cache.ts';
import { parseCached, stringifyCached } from './cached-text.ts';
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
  const flights = createSingleFlight<string | undefined>();

  function read(key: string, operation: string): string | undefined {
    const text = store.get(key);
    (text === undefined ? metrics.cacheMissesTotal : metrics.cacheHitsTotal).inc({ operation });
    return text;
  }

  return {
    async get(key) {
      return parseCached(read(key, 'get'));
    },
    async set(key, value, ttlSeconds) {
      flights.forget(key);
      const text = stringifyCached(value);
      if (text === undefined) store.delete(key);
      else store.set(key, text, ttlSeconds);
    },
    async delete(key) {
      flights.forget(key);
      store.delete(key);
    },
    async getOrLoad(key, ttlSeconds, load) {
      const known = read(key, 'get_or_load');
      if (known !== undefined) return parseCached(known);
      const text = await flights.run(key, async (flight) => {
        const loaded = stringifyCached(await load());
        if (loaded !== undefined && !flight.isOutdated) store.set(key, loaded, ttlSeconds);
        return loaded;
      });
      return parseCached(text);
    },
    async ping() {},
    async close() {
      store.clear();
    },
  };
}
