import { LRUCache } from 'lru-cache';
import type { CachedValue } from './cached-value.ts';

const MEBIBYTE = 1_048_576;
/** In characters as JSON; what is made of it takes about thrice the room. */
const MAX_SIZE = 16 * MEBIBYTE;
const MS_PER_SECOND = 1000;

export type MemoryStore = {
  get(key: string): CachedValue | undefined;
  set(key: string, value: CachedValue, ttlSeconds: number): void;
  delete(key: string): void;
  clear(): void;
};

/** Values with a life time, bounded by their total length; the least used go first. */
export function createMemoryStore({
  maxSize = MAX_SIZE,
  now = () => performance.now(),
}: { readonly maxSize?: number; readonly now?: () => number } = {}): MemoryStore {
  const entries = new LRUCache<string, CachedValue>({
    maxSize,
    sizeCalculation: ({ text }, key) => text.length + key.length,
    // Zero asks the clock each time instead of keeping a timer.
    ttlResolution: 0,
    perf: { now },
  });
  return {
    get: (key) => entries.get(key),
    set(key, value, ttlSeconds) {
      // A life time of zero would mean for ever.
      if (ttlSeconds > 0) entries.set(key, value, { ttl: ttlSeconds * MS_PER_SECOND });
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
