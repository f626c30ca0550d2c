import type { RedisConnection } from './redis.ts';

/** Stands in for a dropped value for a moment, so that a load that began before cannot bring it back. */
const TOMBSTONE = '-';
const TOMBSTONE_MS = 1000;
const MS_PER_SECOND = 1000;
const MAX_LOST_DELETES = 10_000;

export type StoredText = { readonly text: string; readonly secondsLeft: number };

/** Texts with a life time in Redis. While Redis is gone reads find nothing and writes do nothing. */
export function createRedisStore({
  redis,
  namespace,
}: {
  readonly redis: RedisConnection;
  readonly namespace: string;
}) {
  const lostDeletes = new Set<string>();
  redis.onReturn(() => {
    // Removing changes the set.
    for (const key of Array.from(lostDeletes)) void remove(key);
  });

  async function remove(key: string): Promise<void> {
    if (lostDeletes.size < MAX_LOST_DELETES) lostDeletes.add(key);
    await redis
      .run('delete', (client) => client.set(namespace + key, TOMBSTONE, 'PX', TOMBSTONE_MS))
      .then(() => lostDeletes.delete(key))
      // What could not be dropped must not come back with Redis: it stays in the list.
      .catch(() => undefined);
  }

  return {
    delete: remove,

    async get(key: string): Promise<StoredText | undefined> {
      if (lostDeletes.has(key)) return undefined;
      const stored = await redis
        .run('get', (client) => client.get(namespace + key))
        .catch(() => null);
      return stored === null || stored === TOMBSTONE ? undefined : unpack(stored);
    },

    async set(key: string, text: string, ttlSeconds: number): Promise<void> {
      if (ttlSeconds <= 0) return;
      lostDeletes.delete(key);
      const ttlMs = Math.ceil(ttlSeconds * MS_PER_SECOND);
      await redis
        .run('set', (client) => client.set(namespace + key, pack(text, ttlMs), 'PX', ttlMs))
        .catch(() => remove(key));
    },

    /** Keeps the text only where there is none, a tombstone included. */
    async add(key: string, text: string, ttlSeconds: number): Promise<void> {
      if (ttlSeconds <= 0 || lostDeletes.has(key)) return;
      const ttlMs = Math.ceil(ttlSeconds * MS_PER_SECOND);
      await redis
        .run('set', (client) => client.set(namespace + key, pack(text, ttlMs), 'PX', ttlMs, 'NX'))
        .catch(() => undefined);
    },
  };
}

/** The end of a value's life travels with it, so that a front never outlives it. */
function pack(text: string, ttlMs: number): string {
  return `${Date.now() + ttlMs} ${text}`;
}

function unpack(stored: string): StoredText {
  const gap = stored.indexOf(' ');
  const secondsLeft = (Number(stored.slice(0, gap)) - Date.now()) / MS_PER_SECOND;
  return { text: stored.slice(gap + 1), secondsLeft };
}
