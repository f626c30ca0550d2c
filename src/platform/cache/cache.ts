/**
 * A store for what may be lost: in process without Redis, in Redis with it. Values are JSON, and frozen: all who
 * read one share it.
 */
export interface Cache {
  get<T>(key: string): Promise<T | undefined>;
  set(key: string, value: unknown, ttlSeconds: number): Promise<void>;
  /** Drops the key on every replica within `CACHE_REVOKE_SECONDS`. */
  delete(key: string): Promise<void>;
  /** Returns the cached value, or loads and keeps it; parallel misses of one key load once. */
  getOrLoad<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
