import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

const CLOCK_TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
/** A first start of the embedded database on a busy machine. */
const READY_TIMEOUT_MS = 120_000;

export type ServerProcess = {
  readonly baseUrl: string;
  /** Processor time used so far, in microseconds. */
  cpuMicros(): number;
  residentBytes(): number;
  stop(): Promise<void>;
};

export type ServerCommand = {
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly baseUrl: string;
  readonly readyPath: string;
  /** On the first processor alone, as the servers that are compared; true without it. */
  readonly isPinned?: boolean;
};

/** Puts a command on the first processor, where there is another for the load. */
const PINNED = availableParallelism() > 1 ? ['taskset', '-c', '0'] : [];

/** Starts a Node server, and waits until it is ready. */
export async function startServer(options: ServerCommand): Promise<ServerProcess> {
  const { args, environment, baseUrl, readyPath, isPinned = true } = options;
  const [command = 'node', ...rest] = [...(isPinned ? PINNED : []), process.execPath, ...args];
  const child = spawn(command, rest, {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await waitUntilReady(child, `${baseUrl}${readyPath}`);
  const stat = () =>
    readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    baseUrl,
    // Fields 14 and 15 of proc(5)'s stat are user and system time; field 24 is the resident set in pages.
    cpuMicros: () => ((Number(stat()[11]) + Number(stat()[12])) * 1e6) / CLOCK_TICKS_PER_SECOND,
    residentBytes: () => Number(stat()[21]) * PAGE_BYTES,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null)
      throw new Error(`the server for ${url} ended with ${child.exitCode}`);
    const isReady = await fetch(url).then(
      (response) => response.status < 500,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`no answer from ${url}`);
}
