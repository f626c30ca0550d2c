import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createMigrator } from '#platform/db/migrator';
import { AppError } from '#platform/errors/app-error';
import { createMetrics } from '#platform/telemetry/metrics';
import { currentTraceparent, inTrace } from '#platform/telemetry/tracing';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { silentLogger } from '#test/silent-logger';
import { installQueue } from './install-queue.ts';
import type { EnqueueOptions, JobDefinition, JobHandler, JobQueue } from './job-queue.ts';
import { createPgBossQueue } from './pg-boss-queue.ts';
import { queueConnection } from './queue-connection.ts';

type Payload = { id: string };

let test: TestDatabase;
const queues: JobQueue[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  await createMigrator({ database: test.database, folder: 'migrations' }).up({
    afterAsOwner: installQueue,
  });
});
afterAll(async () => {
  await Promise.all(queues.map((queue) => queue.stop(0)));
  await test.close();
});

describe('the job queue', () => {
  it('runs a job whose transaction commits, with its payload', async () => {
    const { queue, handled } = await startQueue(defineJob());
    const id = randomUUID();
    await test.database.transaction({ kind: 'none' }, (queries) =>
      queue.within(queries).enqueue(handled.job, { id }),
    );
    expect(await handled.next()).toEqual({ id });
  });

  it('forgets on demand what mentions a text, whatever became of it', async () => {
    const { queue, handled } = await startQueue(defineJob());
    const [forgotten, kept] = [randomUUID(), randomUUID()];
    for (const id of [forgotten, kept]) {
      await test.database.transaction({ kind: 'none' }, (queries) =>
        queue.within(queries).enqueue(handled.job, { id }),
      );
    }
    await handled.next();
    await queue.forget([forgotten], async () => undefined);
    const { rows } = await test.database.pool.query(
      `select data -> 'payload' ->> 'id' as id from pgboss.job where name = $1`,
      [handled.job.name],
    );
    expect(rows).toEqual([{ id: kept }]);
  });

  it('forgets a job whose transaction rolls back', async () => {
    const { queue, handled } = await startQueue(defineJob());
    const rolledBack = test.database.transaction({ kind: 'none' }, async (queries) => {
      await queue.within(queries).enqueue(handled.job, { id: 'lost' });
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    await test.database.transaction({ kind: 'none' }, (queries) =>
      queue.within(queries).enqueue(handled.job, { id: 'kept' }),
    );
    expect(await handled.next()).toEqual({ id: 'kept' });
  });

  it('tries a failing job again, and tells the handler which attempt it is', async () => {
    const attempts: number[] = [];
    const { queue, handled } = await startQueue(
      defineJob({ attempts: 2, retryDelaySeconds: 0 }),
      (_, { attempt }) => {
        attempts.push(attempt);
        if (attempt === 1) throw new Error('not yet');
      },
    );
    await test.database.transaction({ kind: 'none' }, (queries) =>
      queue.within(queries).enqueue(handled.job, { id: 'again' }),
    );
    await handled.next();
    expect(attempts).toEqual([1, 2]);
  });

  it('puts a job that says it is beyond help among the dead letters at once', async () => {
    const { queue, handled } = await startQueue(defineJob({ attempts: 5 }), () => {
      throw new AppError('invalid', 'no such thing', { retryable: false });
    });
    const id = randomUUID();
    await test.database.transaction({ kind: 'none' }, (queries) =>
      queue.within(queries).enqueue(handled.job, { id }),
    );
    await expect
      .poll(() => findDeadLetter(id), { timeout: 20_000 })
      .toMatchObject({ payload: { id } });
  });

  it('lets an operator see why a job is a dead letter, and put it back into its queue', async () => {
    let isHelped = false;
    const wasSentAgain: boolean[] = [];
    const { queue, handled } = await startQueue(defineJob(), (_, { isSentAgain }) => {
      wasSentAgain.push(isSentAgain);
      if (!isHelped) throw new AppError('invalid', 'no such thing', { retryable: false });
    });
    const { inspector } = queue;
    const id = randomUUID();
    await test.database.transaction({ kind: 'none' }, (queries) =>
      queue.within(queries).enqueue(handled.job, { id }),
    );
    await expect.poll(() => findDeadLetter(id), { timeout: 20_000 }).toBeDefined();
    const letters = await inspector.list({ page: 1, pageSize: 10, queue: 'dead-letter' });
    const letter = letters.items.find(({ payload }) => payload['id'] === id);
    expect(letter).toMatchObject({
      state: 'created',
      failure: 'no such thing',
      sourceQueue: handled.job.name,
    });

    isHelped = true;
    const found = await inspector.find(letter?.id ?? '');
    await test.database.transaction({ kind: 'none' }, async (queries) => {
      const operator = inspector.within(queries);
      const locked = await operator.lock(found?.id ?? '');
      if (locked) await operator.retry(locked);
    });
    expect(await handled.next()).toEqual({ id });
    expect(wasSentAgain).toEqual([false, true]);
    expect(await findDeadLetter(id)).toBeUndefined();
  });
});

describe('groups that share a queue', () => {
  const order: string[] = [];
  let queue: JobQueue;
  let job: JobDefinition<Payload>;
  beforeEach(async () => {
    order.length = 0;
    job = defineJob();
    queue = createPgBossQueue(queueOf());
    queues.push(queue);
    queue.register(job, async ({ id }) => void order.push(id));
    await queue.start();
  });

  async function enqueue(group: string, ids: readonly string[], options: EnqueueOptions = {}) {
    await test.database.transaction({ kind: 'none' }, async (queries) => {
      for (const id of ids) await queue.within(queries).enqueue(job, { id }, { group, ...options });
    });
  }

  async function runAll(count: number): Promise<readonly string[]> {
    await queue.start();
    await queue.work();
    await vi.waitFor(() => expect(order).toHaveLength(count), { timeout: 30_000, interval: 10 });
    return order;
  }

  it('take turns, so that thousands of one delay the first of another by one', async () => {
    const many = Array.from({ length: 3000 }, (_, index) => `a${index}`);
    await enqueue('a', many);
    await enqueue('b', ['b0', 'b1', 'b2']);
    await enqueue('c', ['c0']);
    const { rows } = await test.database.pool.query(
      `select data -> 'payload' ->> 'id' as id from pgboss.job where name = $1 and state = 'created'
       order by priority desc, created_on limit 8`,
      [job.name],
    );
    expect(rows.map(({ id }) => id)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2', 'b2', 'a3']);
    await test.database.pool.query('delete from pgboss.job where name = $1', [job.name]);
  });

  it('are worked off one after the other, whether anybody tells of them or not', async () => {
    // Asking for each at the interval of polls would take twice the time that is waited for.
    const waiting = Array.from({ length: 30 }, (_, index) => `a${index}`);
    await enqueue('a', waiting);
    expect(await runAll(waiting.length)).toEqual(waiting);
  });

  it('go on taking turns where one has been served for long before the other comes', async () => {
    await enqueue('a', ['a0', 'a1', 'a2', 'a3']);
    await test.database.pool.query(
      `update pgboss.job set state = 'completed' where name = $1 and data -> 'payload' ->> 'id' in ('a0', 'a1')`,
      [job.name],
    );
    await enqueue('b', ['b0', 'b1']);
    expect(await runAll(4)).toEqual(['a2', 'b0', 'a3', 'b1']);
  });

  it('have their background wait for everybody, and what goes on come first of its group', async () => {
    await enqueue('a', ['background'], { isBackground: true });
    await enqueue('a', ['a0', 'a1']);
    await enqueue('a', ['next'], { isNext: true });
    await enqueue('b', ['b0']);
    expect(await runAll(5)).toEqual(['a0', 'next', 'b0', 'a1', 'background']);
  });
});

async function findDeadLetter(id: string): Promise<unknown> {
  const { rows } = await test.database.pool.query(
    `select data from pgboss.job where name = 'dead-letter' and data->'payload'->>'id' = $1`,
    [id],
  );
  return rows[0]?.data;
}

function defineJob(options: Partial<JobDefinition<Payload>> = {}): JobDefinition<Payload> {
  return {
    name: `test-${randomUUID()}`,
    payload: z.strictObject({ id: z.string() }),
    attempts: 1,
    retryDelaySeconds: 0,
    timeoutSeconds: 30,
    concurrency: 1,
    ...options,
  };
}

async function startQueue(
  job: JobDefinition<Payload>,
  act: (...call: Parameters<JobHandler<Payload>>) => void = () => {},
) {
  const queue = createPgBossQueue(queueOf());
  queues.push(queue);
  const { promise, resolve } = Promise.withResolvers<Payload>();
  queue.register(job, async (payload, context) => {
    act(payload, context);
    resolve(payload);
  });
  await queue.start();
  await queue.work();
  return { queue, handled: { job, next: () => promise } };
}

function queueOf() {
  return {
    connection: queueConnection(test.database),
    logger: silentLogger,
    metrics: createMetrics(),
    currentTraceparent,
    inTrace,
    settings: { leaseSeconds: 10, sweepIntervalSeconds: 1 },
  };
}
