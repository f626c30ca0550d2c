import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { Cache } from '#platform/cache/cache';
import { createMemoryCache } from '#platform/cache/memory-cache';
import { createRedis } from '#platform/cache/redis';
import { createRedisCache } from '#platform/cache/redis-cache';
import { systemClock } from '#platform/clock/clock';
import { createSecretBox } from '#platform/secrets/secret-box';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type ProviderKeyId, type TeamId } from '#shared/ids';
import { silentLogger as logger } from '#test/silent-logger';
import { createKeyring } from './keyring.service.ts';
import type { SealedProviderKey } from './provider-keys.repository.ts';
import { placeOf } from './seal-key.ts';

const REDIS_URL = process.env['TEST_REDIS_URL'];
const TEAM = newId<TeamId>();
const SERVICE = { apiKey: 'sk-of-the-service', baseUrl: 'http://models.internal/v1' };
const secretBox = createSecretBox(['a-key-for-tests-of-32-characters-']);
const guardedFetch: typeof fetch = async () => new Response();

/** What the database would hold, for all replicas. */
function createRows() {
  const rows: SealedProviderKey[] = [];
  const used: ProviderKeyId[] = [];
  return {
    rows,
    used,
    add(key: string, baseUrl: string | null = null) {
      const id = newId<ProviderKeyId>();
      const sealedKey = secretBox.seal(key, placeOf({ id, teamId: TEAM }));
      rows.splice(0, rows.length, { id, teamId: TEAM, provider: 'openai', baseUrl, sealedKey });
    },
    keysOf: () => ({
      listSealed: async () => [...rows],
      markUsed: async (id: ProviderKeyId) => void used.push(id),
    }),
  };
}

function buildKeyring(
  rows: ReturnType<typeof createRows>,
  cache: Cache = createMemoryCache({ metrics: createMetrics() }),
  cacheSeconds = 5,
) {
  return createKeyring({
    cache,
    cacheSeconds,
    keysOf: rows.keysOf,
    secretBox,
    guardedFetch,
    deployment: () => SERVICE,
    clock: systemClock,
    logger,
  });
}

describe('a call', () => {
  it('takes the key of the service where the team has none', async () => {
    expect(await buildKeyring(createRows()).connect(TEAM, 'openai')).toEqual(SERVICE);
  });

  it("takes the team's own, at the address of the service", async () => {
    const rows = createRows();
    rows.add('sk-own');
    const keyring = buildKeyring(rows);
    expect(await keyring.connect(TEAM, 'openai')).toEqual({ ...SERVICE, apiKey: 'sk-own' });
    expect(await keyring.connect(TEAM, 'gemini')).toEqual(SERVICE);
    expect(await keyring.keys.listProviders(TEAM)).toEqual(['openai']);
  });

  it("goes guarded to an address of the team, and never with the service's key", async () => {
    const rows = createRows();
    rows.add('sk-own', 'https://models.example.com/v1');
    const connection = await buildKeyring(rows).connect(TEAM, 'openai');
    expect(connection).toEqual({
      apiKey: 'sk-own',
      baseUrl: 'https://models.example.com/v1',
      fetch: guardedFetch,
    });
  });

  it('leaves word of the use of a key once a minute', async () => {
    const rows = createRows();
    rows.add('sk-own');
    const keyring = buildKeyring(rows);
    for (let call = 0; call < 5; call += 1) await keyring.connect(TEAM, 'openai');
    expect(rows.used).toEqual([rows.rows[0]?.id]);
  });

  it('takes no key that was put into another row, or for another team', async () => {
    const rows = createRows();
    rows.add('sk-own');
    const [row] = rows.rows;
    if (!row) throw new Error('no row');
    rows.rows.splice(0, 1, { ...row, id: newId<ProviderKeyId>() });
    const damaged = { kind: 'unavailable', options: { reason: 'secrets.damaged' } };
    await expect(buildKeyring(rows).connect(TEAM, 'openai')).rejects.toMatchObject(damaged);
    rows.rows.splice(0, 1, row);
    const other = buildKeyring(rows).connect(newId<TeamId>(), 'openai');
    await expect(other).rejects.toMatchObject(damaged);
  });
});

describe('a changed key', () => {
  it('holds at once where it was changed', async () => {
    const rows = createRows();
    rows.add('sk-old');
    const keyring = buildKeyring(rows);
    await keyring.connect(TEAM, 'openai');
    rows.add('sk-new');
    await keyring.forget(TEAM);
    expect(await keyring.connect(TEAM, 'openai')).toMatchObject({ apiKey: 'sk-new' });
  });

  it('holds on another replica when its cache has run out', async () => {
    const rows = createRows();
    rows.add('sk-old');
    const there = buildKeyring(rows, undefined, 1);
    await there.connect(TEAM, 'openai');
    rows.add('sk-new');
    await buildKeyring(rows).forget(TEAM);
    const seen = async () => (await there.connect(TEAM, 'openai')).apiKey;
    await vi.waitFor(async () => expect(await seen()).toBe('sk-new'), { timeout: 5000 });
  });

  it.runIf(REDIS_URL)('holds on every replica at once where they share a Redis', async () => {
    const rows = createRows();
    rows.add('sk-old');
    const namespace = `test:${randomUUID()}:`;
    const [here, there] = [await connectCache(namespace), await connectCache(namespace)];
    // Far longer than the test waits, so that only the message explains it.
    const keyrings = [here, there].map(({ cache }) => buildKeyring(rows, cache, 600));
    const seen = () => Promise.all(keyrings.map((keyring) => keyring.connect(TEAM, 'openai')));
    expect((await seen()).map(({ apiKey }) => apiKey)).toEqual(['sk-old', 'sk-old']);
    rows.add('sk-new');
    await keyrings[0]?.forget(TEAM);
    await vi.waitFor(
      async () => expect((await seen()).map(({ apiKey }) => apiKey)).toEqual(['sk-new', 'sk-new']),
      { timeout: 5000, interval: 20 },
    );
    await Promise.all([here.close(), there.close()]);
  });
});

async function connectCache(namespace: string) {
  const metrics = createMetrics();
  const redis = await createRedis({ url: REDIS_URL ?? '', logger, metrics });
  const cache = await createRedisCache({ redis, metrics, revokeSeconds: 600, namespace });
  return {
    cache,
    async close() {
      await cache.close();
      await redis.close();
    },
  };
}
