import type { Cache } from '#platform/cache/cache';

/** Remembers what was ever put into a cache, which cannot list its keys itself. */
export function recordCache(recorded: Cache) {
  const keys = new Set<string>();
  const cache: Cache = {
    ...recorded,
    set(key, value, ttlSeconds) {
      keys.add(key);
      return recorded.set(key, value, ttlSeconds);
    },
    getOrLoad(key, ttlSeconds, load) {
      keys.add(key);
      return recorded.getOrLoad(key, ttlSeconds, load);
    },
  };

  /** Those that are still there. */
  async function cached(): Promise<readonly (readonly [key: string, value: unknown])[]> {
    const entries = await Promise.all(
      [...keys].map(async (key) => [key, await recorded.get<unknown>(key)] as const),
    );
    return entries.filter(([, value]) => value !== undefined);
  }

  return { cache, cached };
}
