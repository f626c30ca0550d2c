import {
  fromKysely,
  PgBoss,
  type JobResult,
  type JobWithMetadata,
  type QueueOptions,
  type QueueResult,
  type SendOptions,
} from 'pg-boss';
import { z } from 'zod';
import {
  isRetryable,
  runJob,
  type JobEnvelope,
  type JobRunner,
  type RunJobDependencies,
} from './run-job.ts';
import { createForgetJobs } from './forget-jobs.ts';
import type { EnqueueOptions, JobDefinition, JobQueue } from './job-queue.ts';
import type { JobInspector } from './job-inspector.ts';
import { findPriority } from './job-turns.ts';
import { createJobInspector } from './pg-boss-inspector.ts';
import { DEAD_LETTER_QUEUE, QUEUE_SCHEMA } from './queue-schema.ts';

const POLLING_SECONDS = 2;
const MAX_POLLING_SECONDS = 30;
const NO_JOB = '00000000-0000-0000-0000-000000000000';

export type QueueConnection = {
  readonly isEmbedded: boolean;
  readonly executeSql: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
  /** Delivers a channel's notifications; without it jobs are found by polling alone. */
  readonly listen?: (
    channel: string,
    onNotification: (payload: string) => void,
    onReconnect: () => void,
  ) => Promise<{ close(): Promise<void> }>;
};

export type PgBossQueueDependencies = RunJobDependencies & {
  readonly connection: QueueConnection;
  readonly currentTraceparent: () => string | undefined;
  readonly settings: { readonly leaseSeconds: number; readonly sweepIntervalSeconds: number };
};

type JobSettings = Omit<JobDefinition<never>, 'payload'>;
type Registration = { readonly job: JobSettings; readonly run: JobRunner };

const ActiveJob = z.object({ id: z.string(), name: z.string() });

export type InspectedQueue = JobQueue & { readonly inspector: JobInspector };

/** The job queue on the service's own database, by pg-boss. */
export function createPgBossQueue(dependencies: PgBossQueueDependencies): InspectedQueue {
  const { connection, currentTraceparent, logger, settings } = dependencies;
  const registrations: Registration[] = [];
  const boss = createBoss({ connection, logger, settings });

  /** Writes only what differs: at most starts nothing does, and on the embedded database each write counts. */
  async function declareQueues(): Promise<void> {
    const queues = new Map((await boss.getQueues()).map((queue) => [queue.name, queue]));
    if (!queues.has(DEAD_LETTER_QUEUE)) await boss.createQueue(DEAD_LETTER_QUEUE);
    for (const { job } of registrations) {
      const options = queueOptions(job, settings.leaseSeconds);
      const existing = queues.get(job.name);
      if (!existing) await createQueue(job.name, options);
      else if (!isIncluded(options, existing)) await boss.updateQueue(job.name, options);
    }
  }

  async function createQueue(name: string, options: DeclaredOptions): Promise<void> {
    await boss.createQueue(name, options);
    // Makes pg-boss read the queue's options now. It would do so at the first `send`, by a connection of its
    // own while the caller's transaction is open, and the embedded database has only that one.
    await boss.getJobById(name, NO_JOB);
  }

  async function declareSchedules(): Promise<void> {
    const schedules = new Map((await boss.getSchedules()).map(({ name, cron }) => [name, cron]));
    for (const { job } of registrations) {
      if (job.schedule && schedules.get(job.name) !== job.schedule) {
        await boss.schedule(job.name, job.schedule, { payload: {} });
      }
    }
    const current = new Set(registrations.flatMap(({ job }) => (job.schedule ? job.name : [])));
    for (const name of schedules.keys()) if (!current.has(name)) await boss.unschedule(name);
  }

  /** Takes one job after the other. */
  async function work({ job, run }: Registration): Promise<void> {
    const options = {
      includeMetadata: true,
      perJobResults: true,
      pollingIntervalSeconds: POLLING_SECONDS,
      notifyPollingIntervalSeconds: pollingSecondsOf(job),
    } as const;
    const workerId: Promise<string> = boss.work<JobEnvelope, object, typeof options>(
      job.name,
      options,
      async (items) => {
        const results = await Promise.all(items.map((item) => settle(item, run)));
        // Where one job was another may wait, for which pg-boss would come back at its next poll.
        boss.notifyWorker(await workerId);
        return results;
      },
    );
    await workerId;
  }

  async function settle(item: JobWithMetadata<JobEnvelope>, run: JobRunner): Promise<JobResult> {
    try {
      await runJob(item, run, dependencies);
      return { id: item.id, status: 'completed' };
    } catch (error) {
      const output = { reason: error instanceof Error ? error.message : 'unknown' };
      return { id: item.id, status: isRetryable(error) ? 'failed' : 'deadletter', output };
    }
  }

  /** Only this process can use an embedded database, so what is active at its start has lost its worker. */
  async function handBackOrphans(): Promise<void> {
    const { rows } = await connection.executeSql(
      `select id::text, name from ${QUEUE_SCHEMA}.job where state = 'active'`,
    );
    for (const { id, name } of z.array(ActiveJob).parse(rows)) {
      await boss.fail(name, id, { reason: 'the process ended while the job ran' });
    }
  }

  return {
    within: (queries) => ({
      async enqueue(job, payload, options = {}) {
        const db = fromKysely(queries);
        const traceparent = currentTraceparent();
        const envelope: JobEnvelope = {
          payload: job.payload.parse(payload),
          ...(traceparent && { traceparent }),
        };
        await boss.send(job.name, envelope, {
          db,
          ...(await placeInLine(db, job.name, options)),
        });
      },
    }),
    register(job, handler) {
      registrations.push({
        job,
        run: (payload, context) => handler(job.payload.parse(payload), context),
      });
    },
    async start() {
      await boss.start();
      await declareQueues();
      await declareSchedules();
    },
    async work() {
      if (connection.isEmbedded) await handBackOrphans();
      for (const registration of registrations) {
        for (let worker = 0; worker < registration.job.concurrency; worker += 1)
          await work(registration);
      }
    },
    inspector: createJobInspector({ boss, executeSql: connection.executeSql }),
    forget: createForgetJobs(connection),
    async stop(graceSeconds) {
      await boss.stop({ graceful: true, timeout: graceSeconds * 1000 });
    },
  };
}

function createBoss({
  connection,
  logger,
  settings,
}: Pick<PgBossQueueDependencies, 'connection' | 'logger' | 'settings'>) {
  const boss = new PgBoss({
    db: connection,
    schema: QUEUE_SCHEMA,
    backend: connection.isEmbedded ? 'pglite' : 'postgres',
    // The schema is installed with our migrations, by the owner's role.
    migrate: false,
    createSchema: false,
    useListenNotify: connection.listen !== undefined,
    superviseIntervalSeconds: settings.sweepIntervalSeconds,
    monitorIntervalSeconds: settings.sweepIntervalSeconds,
    // Both need the owner's rights, which the service does not have.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', (error) => logger.error({ err: error }, 'job queue failed'));
  return boss;
}

async function placeInLine(
  db: ReturnType<typeof fromKysely>,
  queue: string,
  { startAfterSeconds, singletonKey, group, ...turn }: EnqueueOptions,
): Promise<SendOptions> {
  const executeSql = (text: string, values?: unknown[]) => db.executeSql(text, values);
  return {
    ...(startAfterSeconds !== undefined && { startAfter: startAfterSeconds }),
    ...(singletonKey !== undefined && { singletonKey }),
    ...(group !== undefined && {
      group: { id: group },
      priority: await findPriority(executeSql, { queue, group, ...turn }),
    }),
  };
}

type DeclaredOptions = QueueOptions & { deadLetter: string; notify: boolean };

function isIncluded(options: DeclaredOptions, existing: QueueResult): boolean {
  const members = new Map<string, unknown>(Object.entries(existing));
  return Object.entries(options).every(([name, value]) => members.get(name) === value);
}

/** A new job is told of at once, and only one that is to be tried again is found by asking: soon after its delay. */
function pollingSecondsOf({ retryDelaySeconds }: JobSettings): number {
  return Math.min(Math.max(retryDelaySeconds, POLLING_SECONDS), MAX_POLLING_SECONDS);
}

function queueOptions(job: JobSettings, leaseSeconds: number): DeclaredOptions {
  return {
    retryLimit: job.attempts - 1,
    retryDelay: job.retryDelaySeconds,
    retryBackoff: true,
    expireInSeconds: job.timeoutSeconds,
    // A worker that stops renewing is taken for dead after this.
    heartbeatSeconds: leaseSeconds,
    deadLetter: DEAD_LETTER_QUEUE,
    notify: true,
  };
}
