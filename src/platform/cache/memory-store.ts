import { LRUCache } from 'lru-cache';

const MEBIBYTE = 1_048_576;
const MAX_SIZE = 32 * MEBIBYTE;
const MS_PER_SECOND = 1000;

export type MemoryStore = {
  get(key: string): string | undefined;
  set(key: string, text: string, ttlSeconds: number): void;
  delete(key: string): void;
  clear(): void;
};

/** Texts with a life time, bounded by their total length; the least used go first. */
export function createMemoryStore({
  maxSize = MAX_SIZE,
  now = () => performance.now(),
}: { readonly maxSize?: number; readonly now?: () => number } = {}): MemoryStore {
  const entries = new LRUCache<string, string>({
    maxSize,
    sizeCalculation: (text, key) => text.length + key.length,
    // Zero asks the clock each time instead of keeping a timer.
    ttlResolution: 0,
    perf: { now },
  });
  return {
    get: (key) => entries.get(key),
    set(key, text, ttlSeconds) {
      // A life time of zero would mean for ever.
      if (ttlSeconds > 0) entries.set(key, text, { ttl: ttlSeconds * MS_PER_SECOND });
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  };
}
