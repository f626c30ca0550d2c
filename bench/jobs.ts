import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createDatabase, type ServiceDatabase } from '../src/platform/db/create-database.ts';
import type { JobDefinition } from '../src/platform/queue/job-queue.ts';
import { createPgBossQueue } from '../src/platform/queue/pg-boss-queue.ts';
import { queueConnection } from '../src/platform/queue/queue-connection.ts';
import { createLogger } from '../src/platform/telemetry/logger.ts';
import { createMetrics } from '../src/platform/telemetry/metrics.ts';
import { currentTraceparent, inTrace } from '../src/platform/telemetry/tracing.ts';
import { quantile } from './quantile.ts';

/** A queue in this process, on the database of the bench, beside jobs that are over. */
export type JobsFigures = {
  readonly finishedRows: number;
  /** From the commit that puts a job into an idle queue to its handler. */
  readonly startP95Ms: number;
  /** Of the statement that takes a job. */
  readonly claimP99Ms: number;
  /** Of jobs that do nothing and wait together. */
  readonly perSecond: number;
};

const FINISHED_ROWS = 1_000_000;
const SINGLE_JOBS = 300;
const TOGETHER = 5000;
const CONCURRENCY = 8;
const PAUSE_MS = 10;

const job: JobDefinition<{ readonly number: number }> = {
  name: 'bench-jobs',
  payload: z.strictObject({ number: z.int() }),
  attempts: 1,
  retryDelaySeconds: 60,
  timeoutSeconds: 60,
  concurrency: CONCURRENCY,
};

export async function measureJobs(databaseUrl: string): Promise<JobsFigures> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const metrics = createMetrics();
  const database = await createDatabase(
    { kind: 'server', url: databaseUrl, poolSize: 2 * CONCURRENCY, statementTimeoutMs: 600_000 },
    { logger, metrics },
  );
  const claimsMs: number[] = [];
  const queue = createPgBossQueue({
    connection: timeClaims(database, claimsMs),
    logger,
    metrics,
    currentTraceparent,
    inTrace,
    settings: { leaseSeconds: 60, sweepIntervalSeconds: 60 },
  });
  let onJob = (): void => undefined;
  queue.register(job, async () => onJob());
  await queue.start();
  await addFinished(database);
  await queue.work();

  const enqueue = (numbers: readonly number[]) =>
    database.transaction({ kind: 'none' }, async (queries) => {
      for (const number of numbers) await queue.within(queries).enqueue(job, { number });
    });
  try {
    const startsMs: number[] = [];
    for (let number = 0; number < SINGLE_JOBS; number += 1) {
      const { promise, resolve } = Promise.withResolvers<void>();
      onJob = resolve;
      await enqueue([number]);
      const committedAt = performance.now();
      await promise;
      startsMs.push(performance.now() - committedAt);
      await sleep(PAUSE_MS);
    }
    const claimP99Ms = quantile(claimsMs, 0.99);
    const perSecond = await measureRate(enqueue, (listener) => (onJob = listener));
    return {
      finishedRows: FINISHED_ROWS,
      startP95Ms: quantile(startsMs, 0.95),
      claimP99Ms,
      perSecond,
    };
  } finally {
    await queue.stop(10);
    await database.close();
  }
}

/** From the first of them to the last: what it takes to put them there is not counted. */
async function measureRate(
  enqueue: (numbers: readonly number[]) => Promise<void>,
  listen: (onJob: () => void) => void,
): Promise<number> {
  const { promise: allDone, resolve } = Promise.withResolvers<void>();
  let done = 0;
  let startedAt = 0;
  listen(() => {
    if (done === 0) startedAt = performance.now();
    done += 1;
    if (done === TOGETHER) resolve();
  });
  await enqueue(Array.from({ length: TOGETHER }, (_, number) => number));
  await allDone;
  return (TOGETHER * 1000) / (performance.now() - startedAt);
}

function timeClaims(database: ServiceDatabase, claimsMs: number[]) {
  const connection = queueConnection(database);
  return {
    ...connection,
    async executeSql(text: string, values?: unknown[]) {
      const startedAt = performance.now();
      const result = await connection.executeSql(text, values);
      if (text.includes('SKIP LOCKED')) claimsMs.push(performance.now() - startedAt);
      return result;
    },
  };
}

/** As a year of work leaves them, until retention takes them. */
async function addFinished(database: ServiceDatabase): Promise<void> {
  await database.pool.query(
    `insert into pgboss.job (name, state, data, created_on, started_on, completed_on)
     select $1, 'completed', '{"payload": {"number": 0}}', moment, moment, moment
     from (select now() - number * interval '1 second' as moment
       from generate_series(1, ${FINISHED_ROWS}) as number) as moments`,
    [job.name],
  );
  await database.runAsOwner((client) => client.query('analyze pgboss.job_common'));
}
