import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger, type Logger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { createRedisCache } from './redis-cache.ts';
import { createRedis, type RedisConnection } from './redis.ts';

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';
const RECOVERY = { timeout: 5000, interval: 25 };

describe.runIf(redisUrl)('a Redis that fails', () => {
  let proxy: TcpProxy;
  let redis: RedisConnection;
  let lines: string[];
  let logger: Logger;

  beforeEach(async () => {
    const { hostname, port } = new URL(redisUrl);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    lines = [];
    logger = createLogger({
      level: 'info',
      format: 'json',
      destination: { write: (line) => void lines.push(line) },
    });
    redis = await connect();
  });

  afterEach(async () => {
    await redis.close();
    await proxy.close();
  });

  function connect(): Promise<RedisConnection> {
    const url = `redis://127.0.0.1:${proxy.port}`;
    return createRedis({ url, logger, metrics: createMetrics() });
  }

  const faults = {
    refused: () => proxy.refuse(),
    'silent, with its connections open': async () => proxy.swallow(),
  };

  describe.each(Object.entries(faults))('%s', (_name, breakDown) => {
    it('costs a command little and is back soon after', async () => {
      await redis.ping();
      await breakDown();
      const startedAt = performance.now();
      for (let count = 0; count < 100; count += 1) await redis.ping().catch(() => undefined);
      expect(performance.now() - startedAt).toBeLessThan(1000);
      await expect(redis.ping()).rejects.toThrow('does not answer');

      await proxy.restore();
      await vi.waitFor(() => redis.ping(), RECOVERY);
    });

    it('makes one log line of each change', async () => {
      await redis.ping();
      await breakDown();
      for (let count = 0; count < 5; count += 1) await redis.ping().catch(() => undefined);
      await vi.waitFor(() => expect(lines).toHaveLength(1));
      expect(lines[0]).toContain('redis is gone');
      await proxy.restore();
      await vi.waitFor(() => redis.ping(), RECOVERY);
      expect(lines).toHaveLength(2);
      expect(lines[1]).toContain('redis is back');
    });

    it('does not keep a start from going on', async () => {
      await breakDown();
      const late = await connect();
      await expect(late.ping()).rejects.toThrow('does not answer');
      await proxy.restore();
      await vi.waitFor(() => late.ping(), RECOVERY);
      await late.close();
    });

    it('never fails the caller of the cache, and a key dropped meanwhile stays dropped', async () => {
      const cache = await openCache();
      await cache.set('key', 'old', 60);
      await breakDown();
      await vi.waitFor(async () => expect(await cache.get('key')).toBeUndefined());
      await cache.delete('key');
      await cache.set('other', 1, 60);
      expect(await cache.getOrLoad('key', 60, async () => 'loaded')).toBe('loaded');

      await proxy.restore();
      await vi.waitFor(() => redis.ping(), RECOVERY);
      expect(await cache.get('key')).toBeUndefined();
      expect(await cache.get('other')).toBeUndefined();
      await vi.waitFor(async () => {
        await cache.set('key', 'new', 60);
        expect(await cache.get('key')).toBe('new');
      }, RECOVERY);
      await cache.close();
    });
  });

  it('answers a bad command with its error and is not taken for gone', async () => {
    await expect(redis.run('bad', (client) => client.call('NOSUCH'))).rejects.toThrow('NOSUCH');
    await expect(redis.ping()).resolves.toBeUndefined();
  });

  function openCache() {
    const namespace = `test:${randomUUID()}:`;
    return createRedisCache({ redis, namespace, metrics: createMetrics(), revokeSeconds: 0 });
  }
});

describe.runIf(redisUrl)('two replicas', () => {
  it('share values, and what one drops the other drops from its front', async () => {
    const namespace = `test:${randomUUID()}:`;
    const one = await openReplica(namespace);
    const other = await openReplica(namespace);
    await one.cache.set('key', 'old', 60);
    await vi.waitFor(async () => expect(await other.cache.get('key')).toBe('old'));
    await one.cache.delete('key');
    await vi.waitFor(async () => expect(await other.cache.get('key')).toBeUndefined());
    await Promise.all([one.close(), other.close()]);
  });

  it('do not bring back what the other dropped while they loaded it', async () => {
    const namespace = `test:${randomUUID()}:`;
    const one = await openReplica(namespace, 0);
    const other = await openReplica(namespace, 0);
    const result = await one.cache.getOrLoad('key', 60, async () => {
      await other.cache.delete('key');
      return 'old';
    });
    expect(result).toBe('old');
    expect(await other.cache.get('key')).toBeUndefined();
    await Promise.all([one.close(), other.close()]);
  });
});

async function openReplica(namespace: string, revokeSeconds = 30) {
  const metrics = createMetrics();
  const logger = createLogger({ level: 'silent', format: 'json' });
  const redis = await createRedis({ url: redisUrl, logger, metrics });
  const cache = await createRedisCache({ redis, namespace, metrics, revokeSeconds });
  return {
    cache,
    async close() {
      await cache.close();
      await redis.close();
    },
  };
}
