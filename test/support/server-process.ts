import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from './ports.ts';

/** The built code is what a release runs. */
const ENTRY = process.env['TEST_ENTRY'] ?? 'src/main.ts';

export type ServerProcess = {
  readonly baseUrl: string;
  readonly output: () => string;
  /** Its exit code once it has ended, or null where a signal ended it. */
  readonly exited: Promise<number | null>;
  signal(name: 'SIGTERM' | 'SIGINT'): void;
  /** Ends the process the hard way, as a crash would. */
  kill(): Promise<void>;
  /** Asks it to drain, and gives its exit code. */
  terminate(): Promise<number | null>;
};

export type ServerOptions = {
  readonly dataDir: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** A module that runs in the process before the product does. */
  readonly preload?: string;
  /** A free one without it. */
  readonly port?: number;
};

/** Starts the product as its command does, and waits until it is ready. */
export async function startServerProcess({
  args = [],
  ...options
}: ServerOptions & { readonly args?: readonly string[] }): Promise<ServerProcess> {
  const { port = await findFreePort() } = options;
  const child = spawnServer(['serve', ...args], {
    ...options,
    settings: { PORT: String(port), ...options.settings },
  });
  let output = '';
  child.stdout?.on('data', (part) => (output += part));
  child.stderr?.on('data', (part) => (output += part));
  const exited = exitOf(child);
  const baseUrl = `http://127.0.0.1:${port}`;
  await waitUntilReady(baseUrl, child, () => output);
  let isAskedToEnd = false;
  child.once('exit', (code, signal) => {
    // A test would only see that a call failed. What kills its process by a preload does so by SIGKILL.
    if (isAskedToEnd || signal === 'SIGKILL') return;
    process.stderr.write(`a server ended by itself, by ${code ?? signal}: ${output}\n`);
  });

  function end(signal: NodeJS.Signals): Promise<number | null> {
    isAskedToEnd = true;
    child.kill(signal);
    return exited;
  }

  return {
    baseUrl,
    output: () => output,
    exited,
    signal: (name) => void end(name),
    async kill() {
      await end('SIGKILL');
    },
    terminate: () => end('SIGTERM'),
  };
}

/** The exit code of a process once it has ended, or null where a signal ended it. */
export async function exitOf(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** Starts a command of the product without waiting for anything. */
export function spawnServer(
  args: readonly string[],
  { dataDir, settings, preload }: ServerOptions,
): ChildProcess {
  const preloading = preload === undefined ? [] : ['--import', preload];
  return spawn(process.execPath, [...preloading, ENTRY, ...args], {
    env: {
      PATH: process.env['PATH'],
      DATA_DIR: dataDir,
      LOG_FORMAT: 'json',
      RATE_LIMIT_DEFAULT: '100000/minute',
      RATE_LIMIT_REGISTER: '100000/minute',
      RATE_LIMIT_LOGIN: '100000/minute',
      RATE_LIMIT_CHAT_FREE: '100000/minute',
      RATE_LIMIT_CHAT_STREAM: '100000/minute',
      CONCURRENT_STREAMS_FREE: '100000',
      JOB_LEASE_SECONDS: '10',
      SWEEP_INTERVAL_SECONDS: '1',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function waitUntilReady(
  baseUrl: string,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  while (Date.now() < deadline && !hasEnded()) {
    const isReady = await fetch(`${baseUrl}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`the server is not ready: ${output()}`);
}
