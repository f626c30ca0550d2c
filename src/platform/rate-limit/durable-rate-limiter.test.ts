import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { createTestQueue } from '#test/test-queue';
import { createDurableRateLimiter } from './durable-rate-limiter.ts';
import { createMemoryRateLimiter } from './memory-rate-limiter.ts';
import { parseRateLimit } from './parse-rate-limit.ts';
import { registerPurgeRateHits } from './purge-rate-hits.job.ts';
import { createRateHitsRepository, type RateHitsRepository } from './rate-hits.repository.ts';
import type { RatePolicy } from './rate-limiter.ts';

const START = Date.now();

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.close());

const rateHits = () => createRateHitsRepository(test.database.unscoped());

function buildPolicy(limit: string, isDurable = true): RatePolicy {
  return { name: randomUUID(), windows: parseRateLimit(limit), isGuarded: true, isDurable };
}

/** A process that begins at this second of the story. */
function startProcess(
  atSeconds = 0,
  hits: () => Pick<RateHitsRepository, 'add' | 'list'> = rateHits,
) {
  const warnings: unknown[] = [];
  const now = START + atSeconds * 1000;
  const limiter = createDurableRateLimiter({
    memory: createMemoryRateLimiter({ now: () => now }),
    rateHits: hits,
    logger: { warn: (...line: unknown[]) => void warnings.push(line) },
    now: () => new Date(now),
  });
  const admit = async (policy: RatePolicy, requests: number) => {
    const decisions = await Promise.all(
      Array.from({ length: requests }, () => limiter.consume(policy, 'address')),
    );
    return decisions.filter(({ isAllowed }) => isAllowed).length;
  };
  return { limiter, admit, warnings };
}

describe('a durable limit', () => {
  it('is not forgotten when the process ends', async () => {
    const policy = buildPolicy('20/minute');
    const first = startProcess();
    expect(await first.admit(policy, 15)).toBe(15);
    await first.limiter.close();
    const second = startProcess(1);
    expect(await second.admit(policy, 15)).toBe(5);
    await second.limiter.close();
    expect(await startProcess(2).admit(policy, 5)).toBe(0);
  });

  it('ends with its window, in each process', async () => {
    const policy = buildPolicy('3/minute;5/hour');
    const first = startProcess();
    expect(await first.admit(policy, 9)).toBe(3);
    await first.limiter.close();
    const second = startProcess(61);
    expect(await second.admit(policy, 9)).toBe(2);
    await second.limiter.close();
    expect(await startProcess(3601).admit(policy, 9)).toBe(3);
  });

  it('keeps neither other limits nor whom it counts in clear', async () => {
    const passing = buildPolicy('20/minute', false);
    const first = startProcess();
    await first.admit(passing, 20);
    await first.limiter.close();
    expect(await startProcess().admit(passing, 20)).toBe(20);
    const rows = await test.database.unscoped().selectFrom('rate_hits').selectAll().execute();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('address');
  });

  it('counts in the process alone while the database is away', async () => {
    const away = async () => {
      throw new Error('away');
    };
    const { admit, warnings } = startProcess(0, () => ({ add: away, list: away }));
    expect(await admit(buildPolicy('3/minute'), 9)).toBe(3);
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('leaves nothing behind once it is over', async () => {
    const queue = createTestQueue();
    registerPurgeRateHits(queue, { rateHits });
    const old = startProcess(-7200);
    const policy = buildPolicy('3/hour');
    await old.admit(policy, 3);
    await old.limiter.close();
    const young = buildPolicy('3/hour');
    const current = startProcess();
    await current.admit(young, 3);
    await current.limiter.close();
    await queue.runScheduled('purge-rate-hits');
    const since = new Date(START - 86_400_000);
    expect(await rateHits().list(`${policy.name}:address`, since, 10)).toEqual([]);
    expect(await rateHits().list(`${young.name}:address`, since, 10)).toHaveLength(3);
  });
});
