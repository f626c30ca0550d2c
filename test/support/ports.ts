import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that a system hands out by itself: a process that is told one of those may find, once it has
 * started, that another test listens there, and that test answers in its name.
 */
const FIRST_PORT = 10_000;
const PORTS_EACH = 1000;
const MAX_TESTERS = 20;

/** Each of the processes that run tests side by side has ports of its own. */
const firstOwn =
  FIRST_PORT + (Number(process.env['VITEST_POOL_ID'] ?? 0) % MAX_TESTERS) * PORTS_EACH;
let asked = randomInt(PORTS_EACH);

/** The port that a server listens on. */
export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('the server does not listen');
}

/** A port of loopback on which nothing listens, and which nobody is given but who asked. */
export async function findFreePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_EACH; tries += 1) {
    asked += 1;
    const port = firstOwn + (asked % PORTS_EACH);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
