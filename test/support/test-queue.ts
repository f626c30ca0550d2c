import type {
  EnqueueOptions,
  JobContext,
  JobDefinition,
  JobHandler,
  JobQueue,
} from '#platform/queue/job-queue';

type Waiting = {
  readonly name: string;
  readonly payload: object;
  readonly options?: EnqueueOptions | undefined;
};

export type TestQueue = JobQueue & {
  /** Names of the jobs that wait, oldest first. */
  waiting(): readonly string[];
  /** Payloads of the jobs that wait, oldest first. */
  payloads(): readonly object[];
  /** How the jobs that wait were enqueued, oldest first. */
  placements(): readonly (EnqueueOptions | undefined)[];
  /** Runs the oldest job once; one that fails stays the oldest. */
  runNext(context?: Partial<JobContext>): Promise<void>;
  /** Runs the youngest job once, beside others that run. */
  runLast(): Promise<void>;
  runAll(): Promise<void>;
  /** Loses all jobs that wait. */
  clear(): void;
  /** Runs a job that is not enqueued but scheduled. */
  runScheduled(name: string): Promise<void>;
  /** As a queue does that delivers a job twice. */
  enqueueAgain(name: string, payload: object): void;
};

/** A queue in memory whose jobs run when the test says so. */
export function createTestQueue(): TestQueue {
  const handlers = new Map<string, (payload: object, context: JobContext) => Promise<void>>();
  const jobs: Waiting[] = [];

  function register<Payload extends object>(
    job: JobDefinition<Payload>,
    handler: JobHandler<Payload>,
  ): void {
    handlers.set(job.name, (payload, context) => handler(job.payload.parse(payload), context));
  }

  async function run({ name, payload }: Waiting, context: Partial<JobContext>): Promise<void> {
    const handler = handlers.get(name);
    if (!handler) throw new Error(`no handler of ${name}`);
    const signal = new AbortController().signal;
    await handler(payload, {
      signal,
      attempt: 1,
      isLastAttempt: false,
      isSentAgain: false,
      ...context,
    });
  }

  async function runNext(context: Partial<JobContext> = {}): Promise<void> {
    const [job] = jobs;
    if (!job) throw new Error('no job waits');
    await run(job, context);
    jobs.shift();
  }

  return {
    register,
    within: () => ({
      async enqueue({ name }, payload, options) {
        jobs.push({ name, payload, options });
      },
    }),
    start: async () => undefined,
    work: async () => undefined,
    async forget(texts) {
      const isForgotten = ({ payload }: Waiting) =>
        texts.some((text) => JSON.stringify(payload).includes(text));
      jobs.splice(0, jobs.length, ...jobs.filter((job) => !isForgotten(job)));
    },
    stop: async () => undefined,
    waiting: () => jobs.map((job) => job.name),
    payloads: () => jobs.map((job) => job.payload),
    placements: () => jobs.map((job) => job.options),
    runNext,
    clear: () => void jobs.splice(0),
    async runLast() {
      const job = jobs.pop();
      if (job) await run(job, {});
    },
    async runAll() {
      while (jobs.length > 0) await runNext();
    },
    runScheduled: (name) => run({ name, payload: {} }, {}),
    enqueueAgain: (name, payload) => void jobs.push({ name, payload }),
  };
}
