import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cache } from '#platform/cache/cache';
import { createMemoryCache } from '#platform/cache/memory-cache';
import { createRedis } from '#platform/cache/redis';
import { createRedisCache } from '#platform/cache/redis-cache';
import { createMetrics } from '#platform/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger as logger } from '#test/silent-logger';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { signUp } from '../testing/team-of.ts';
import { createVisitor } from '../testing/visitor.ts';

const REDIS_URL = process.env['TEST_REDIS_URL'];
const SOON = { timeout: 5000, interval: 20 };

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

type Replica = { readonly visitor: ReturnType<typeof createVisitor>; close(): Promise<void> };

/** One of two processes: they have the database in common, and with Redis the word of what was dropped. */
async function startReplica(
  cacheRevokeSeconds: number,
  { cache, close }: { readonly cache: Cache; close(): Promise<void> },
): Promise<Replica> {
  const { app } = await buildIdentityApp(test.database, { cacheRevokeSeconds }, { cache });
  return {
    visitor: createVisitor(app),
    async close() {
      await app.close();
      await close();
    },
  };
}

async function connectCache(namespace: string, revokeSeconds: number) {
  const metrics = createMetrics();
  const redis = await createRedis({ url: REDIS_URL ?? '', logger, metrics });
  const cache = await createRedisCache({ redis, metrics, revokeSeconds, namespace });
  return {
    cache,
    async close() {
      await cache.close();
      await redis.close();
    },
  };
}

/** A key and a sign-in that both replicas know, and then no longer. */
async function expectRevokedEverywhere([here, there]: readonly [Replica, Replica]): Promise<void> {
  const ada = await signUp(here.visitor);
  const { bearer } = await here.visitor.signIn(ada.email);
  const made = (await ada.call('POST', '/api-keys', { name: 'Key', scopes: ['read'] })).json();
  const byKey = { authorization: `Bearer ${made.key}` };
  const statuses = async ({ visitor }: Replica) =>
    Promise.all([byKey, bearer].map(async (headers) => (await visitor.me(headers)).statusCode));
  expect(await statuses(here)).toEqual([200, 200]);
  expect(await statuses(there)).toEqual([200, 200]);

  await ada.call('DELETE', `/api-keys/${made.id}`);
  await ada.call('DELETE', '/users/me/auth-sessions');
  expect(await statuses(here)).toEqual([401, 401]);
  await vi.waitFor(async () => expect(await statuses(there)).toEqual([401, 401]), SOON);
  expect((await there.visitor.me(ada.bearer)).statusCode).toBe(200);
}

describe('a revoked key and a revoked sign-in', () => {
  it('end on every replica when the cache has run out', async () => {
    const metrics = createMetrics();
    const inProcess = () => ({ cache: createMemoryCache({ metrics }), close: async () => {} });
    const here = await startReplica(1, inProcess());
    const there = await startReplica(1, inProcess());
    await expectRevokedEverywhere([here, there]);
    await Promise.all([here.close(), there.close()]);
  });

  it.runIf(REDIS_URL)('end on every replica at once where they share a Redis', async () => {
    const namespace = `test:${randomUUID()}:`;
    // Far longer than the test waits, so that only the message explains it.
    const seconds = 600;
    const here = await startReplica(seconds, await connectCache(namespace, seconds));
    const there = await startReplica(seconds, await connectCache(namespace, seconds));
    await expectRevokedEverywhere([here, there]);
    await Promise.all([here.close(), there.close()]);
  });
});
