import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { findFreePort } from './ports.ts';

const COMMAND = 'redis-server';
const STARTED = 'Ready to accept connections';

/** Whether this machine has a Redis that a test may kill. */
export const hasRedisServer = spawnSync(COMMAND, ['--version']).status === 0;

export type RedisServer = {
  readonly port: number;
  /** Starts it, empty; again at the same port. */
  start(): Promise<void>;
  kill(): Promise<void>;
};

/** A Redis of a test's own, on a port of its own; it does not run yet. */
export async function createRedisServer(): Promise<RedisServer> {
  const port = await findFreePort();
  let running: ChildProcess | undefined;

  return {
    port,
    async start() {
      const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
      running = spawn(COMMAND, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
      await started(running);
    },
    async kill() {
      const killed = running;
      running = undefined;
      if (!killed || killed.exitCode !== null) return;
      killed.kill('SIGKILL');
      await once(killed, 'exit');
    },
  };
}

function started(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.stdout?.on('data', (part) => {
      output += String(part);
      if (output.includes(STARTED)) resolve();
    });
    child.on('exit', () => reject(new Error(`redis-server did not start: ${output}`)));
  });
}
