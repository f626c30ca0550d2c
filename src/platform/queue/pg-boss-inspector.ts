import { fromKysely, type PgBoss } from 'pg-boss';
import { z } from 'zod';
import type { Queries } from '#platform/db/database';
import { pageOffset } from '#shared/page';
import {
  JOB_STATES,
  type JobInspector,
  type JobListing,
  type JobOperator,
  type JobRecord,
  type QueueCounts,
} from './job-inspector.ts';
import { DEAD_LETTER_QUEUE, QUEUE_SCHEMA } from './queue-schema.ts';

type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

export type JobInspectorDependencies = {
  readonly boss: Pick<
    PgBoss,
    'cancel' | 'getJobById' | 'getSchedules' | 'redrive' | 'resume' | 'retry'
  >;
  readonly executeSql: ExecuteSql;
};

/** Counting further would read every job for one page. */
const MAX_COUNTED_JOBS = 10_000;
const TRACE_ID = /^[0-9a-f]{2}-([0-9a-f]{32})-/;
/** The library's own queues. */
const IS_OURS = String.raw`name not like '\_\_%'`;

const text = z.string().nullable();
const time = z.coerce.date().transform((date) => date.toISOString());
const JobRow = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(JOB_STATES),
  payload: z.record(z.string(), z.unknown()).nullable(),
  traceparent: text,
  retry_count: z.number(),
  retry_limit: z.number(),
  failure: text,
  source_name: text,
  start_after: time,
  created_on: time,
  started_on: time.nullable(),
  completed_on: time.nullable(),
});
const CountRow = z.object({
  name: z.string(),
  state: z.enum(JOB_STATES).nullable(),
  count: z.number(),
});
const TotalRow = z.tuple([z.object({ total: z.number() })]);

const SELECT_JOB = `
  select id::text, name, state::text, data -> 'payload' as payload, data ->> 'traceparent' as traceparent,
    retry_count, retry_limit, coalesce(output, source_output) ->> 'reason' as failure, source_name,
    start_after, created_on, started_on, completed_on
  from ${QUEUE_SCHEMA}.job`;
/** A job's key begins with its queue. */
const IS_ASKED = `name = any(array(select name from ${QUEUE_SCHEMA}.queue)) and id = $1::uuid and ${IS_OURS}`;
const IS_LISTED = `($1::text is null or name = $1) and ($2::text is null or state::text = $2) and ${IS_OURS}`;

/** Reads the tables of pg-boss, and changes them by its own means. */
export function createJobInspector({ boss, executeSql }: JobInspectorDependencies): JobInspector {
  async function countStates(): Promise<readonly z.infer<typeof CountRow>[]> {
    const { rows } = await executeSql(`
      select queue.name, job.state::text, count(job.id)::int as count
      from ${QUEUE_SCHEMA}.queue left join ${QUEUE_SCHEMA}.job on job.name = queue.name
      where queue.${IS_OURS} group by queue.name, job.state order by queue.name`);
    return z.array(CountRow).parse(rows);
  }

  return {
    async listQueues() {
      const [counts, schedules] = await Promise.all([countStates(), boss.getSchedules()]);
      const cronByName = new Map(schedules.map(({ name, cron }) => [name, cron]));
      return [...Map.groupBy(counts, ({ name }) => name)].map(([name, rows]): QueueCounts => {
        const countOf = (state: string) => rows.find((row) => row.state === state)?.count ?? 0;
        const [created, retry, active] = [countOf('created'), countOf('retry'), countOf('active')];
        const [completed, cancelled] = [countOf('completed'), countOf('cancelled')];
        const failed = countOf('failed');
        const all = { created, retry, active, completed, cancelled, failed };
        return { name, schedule: cronByName.get(name) ?? null, counts: all };
      });
    },

    async list({ page, pageSize, queue, state }: JobListing) {
      const filter = [queue ?? null, state ?? null];
      const { rows } = await executeSql(
        `${SELECT_JOB} where ${IS_LISTED} order by created_on desc, id desc limit $3 offset $4`,
        [...filter, pageSize, pageOffset({ page, pageSize })],
      );
      const counted = await executeSql(
        `select count(*)::int as total from
          (select from ${QUEUE_SCHEMA}.job where ${IS_LISTED} limit ${MAX_COUNTED_JOBS}) as counted`,
        filter,
      );
      const [{ total }] = TotalRow.parse(counted.rows);
      return { items: rows.map((row) => readJob(row)), total, page, pageSize };
    },

    async find(id) {
      const { rows } = await executeSql(`${SELECT_JOB} where ${IS_ASKED}`, [id]);
      const job = rows.map((row) => readJob(row)).at(0);
      // Makes the library read the queue's options, which it could not while a transaction is open.
      if (job) await boss.getJobById(job.queue, id);
      return job;
    },

    within: (queries) => operateWithin(queries, boss),
  };
}

function operateWithin(queries: Queries, boss: JobInspectorDependencies['boss']): JobOperator {
  const db = fromKysely(queries);
  return {
    async lock(id) {
      const { rows } = await db.executeSql(`${SELECT_JOB} where ${IS_ASKED} for update`, [id]);
      return rows.map((row) => readJob(row)).at(0);
    },
    async retry({ id, queue, state }) {
      if (queue === DEAD_LETTER_QUEUE) await boss.redrive(queue, { ids: [id], db });
      else if (state === 'cancelled') await boss.resume(queue, id, { db });
      else await boss.retry(queue, id, { db });
    },
    async cancel({ id, queue }) {
      await boss.cancel(queue, id, { db });
    },
  };
}

function readJob(row: unknown): JobRecord {
  const job = JobRow.parse(row);
  return {
    id: job.id,
    queue: job.name,
    state: job.state,
    payload: job.payload ?? {},
    traceId: TRACE_ID.exec(job.traceparent ?? '')?.[1] ?? null,
    retryCount: job.retry_count,
    retryLimit: job.retry_limit,
    failure: job.failure,
    sourceQueue: job.source_name,
    startAfter: job.start_after,
    createdAt: job.created_on,
    startedAt: job.started_on,
    completedAt: job.completed_on,
  };
}
