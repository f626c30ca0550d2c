import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type ServiceDatabase } from '#platform/db/create-database';
import { createMetrics } from '#platform/telemetry/metrics';
import { createProcessDatabase } from './process-database.ts';
import { exitOf, spawnServer, startServerProcess, type ServerProcess } from './server-process.ts';
import { silentLogger } from './silent-logger.ts';

/** Where an ingestion is killed; `written` is after the first batch of a stage that writes by batches. */
export type KillPoint = {
  readonly title: string;
  readonly stage: string;
  readonly moment: 'entered' | 'written';
};

export type KillableService = Awaited<ReturnType<typeof startKillableService>>;

const PRELOAD = import.meta.resolve('./kill-at-stage.ts');
const STATEMENT_TIMEOUT_MS = 30_000;
/** For a worker that starts and takes the job, on a busy machine. */
const DEATH_MS = 60_000;

/**
 * A service whose process that ingests dies where a test says: on the embedded database the only one there is, on a
 * server a worker beside the process that answers.
 */
export async function startKillableService(settings: Readonly<Record<string, string>>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-kill-'));
  const killFile = join(dataDir, 'kill-point.json');
  const database = await createProcessDatabase();
  const url = database.settings['DATABASE_URL'];
  const options = {
    dataDir,
    preload: PRELOAD,
    settings: { ...settings, ...database.settings, KILL_FILE: killFile },
  };
  let server: ServerProcess = await startServer();
  let worker: ChildProcess | undefined = startWorker();

  function startServer(): Promise<ServerProcess> {
    return startServerProcess({ ...options, args: url === undefined ? [] : ['--no-jobs'] });
  }

  function startWorker(): ChildProcess | undefined {
    if (url === undefined) return undefined;
    const child = spawnServer(['worker'], options);
    child.stdout?.resume();
    child.stderr?.resume();
    return child;
  }

  async function end(): Promise<void> {
    worker?.kill('SIGKILL');
    if (worker) await exitOf(worker);
    await server.kill();
  }

  return {
    baseUrl: () => server.baseUrl,

    /** Has the process die at the point, does the work that leads there, and starts another once it is dead. */
    async dieAt(point: KillPoint, work: () => Promise<void>): Promise<void> {
      writeFileSync(killFile, JSON.stringify(point));
      const death = worker ? exitOf(worker) : server.exited;
      const [died] = await Promise.all([inTime(death), work()]);
      if (died !== null) throw new Error(`the process ended by itself, with ${died}`);
      rmSync(killFile);
      if (worker) worker = startWorker();
      else server = await startServer();
    },

    /** Ends all processes and opens what they left. */
    async openDatabase(): Promise<ServiceDatabase> {
      await end();
      const at = url
        ? ({ kind: 'server', url, poolSize: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS } as const)
        : ({ kind: 'embedded', dataFolder: dataDir } as const);
      return createDatabase(at, { logger: silentLogger, metrics: createMetrics() });
    },

    async close(): Promise<void> {
      await end();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function inTime<T>(death: Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const tooLate = sleep(DEATH_MS, undefined, { signal: waiting.signal }).then(() => {
    throw new Error('the process did not get to where it dies');
  });
  try {
    return await Promise.race([death, tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    waiting.abort();
  }
}
