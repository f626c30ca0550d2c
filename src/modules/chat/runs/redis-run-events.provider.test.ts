import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRedis, type RedisConnection } from '#platform/cache/redis';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics } from '#platform/telemetry/metrics';
import { newId, type RunId } from '#shared/ids';
import { createRedisRunEvents } from './redis-run-events.provider.ts';

const url = process.env['TEST_REDIS_URL'] ?? '';

describe.runIf(url)('the log of running runs in Redis', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    const logger = createLogger({ level: 'silent', format: 'json' });
    redis = await createRedis({ url, logger, metrics: createMetrics() });
  });
  afterAll(() => redis.close());

  it('gives the batches after an event, also where the event is in the middle of one', async () => {
    const log = { runId: newId<RunId>(), attempts: 1 };
    const events = createRedisRunEvents(redis);
    await events.append([{ ...log, firstEventId: 2, events: ['"a"', '"b"'] }]);
    await events.append([{ ...log, firstEventId: 4, events: ['"c"'] }]);
    const whole = [
      { firstEventId: 2, events: ['"a"', '"b"'] },
      { firstEventId: 4, events: ['"c"'] },
    ];
    expect(await events.read(log, 1)).toEqual(whole);
    expect(await events.read(log, 2)).toEqual(whole);
    expect(await events.read(log, 3)).toEqual(whole.slice(1));
    expect(await events.read(log, 4)).toEqual([]);
    await events.remove(log);
    expect(await events.read(log, 0)).toEqual([]);
  });

  it('refuses who held the run once it is sealed, and nobody else', async () => {
    const [former, other] = [newId<RunId>(), newId<RunId>()];
    const events = createRedisRunEvents(redis);
    await events.append([{ runId: former, attempts: 1, firstEventId: 1, events: ['1'] }]);
    const told = await events.seal({ runId: former, attempts: 1 }, 0);
    expect(told).toEqual([{ firstEventId: 1, events: ['1'] }]);
    const refused = await events.append([
      { runId: former, attempts: 1, firstEventId: 2, events: ['2'] },
      { runId: other, attempts: 1, firstEventId: 1, events: ['1'] },
      { runId: former, attempts: 2, firstEventId: 2, events: ['2'] },
    ]);
    expect([...refused]).toEqual([former]);
    expect(await events.seal({ runId: former, attempts: 1 }, 0)).toEqual(told);
    expect(await events.read({ runId: former, attempts: 2 }, 1)).toHaveLength(1);
  });
});
