import { quantile } from './quantile.ts';
import type { ServerProcess } from './server-process.ts';

export type StartFigures = {
  readonly embeddedMs: number;
  readonly serverMs: number;
  /** Resident on server Postgres once nothing has been asked for a while. */
  readonly idleBytes: number;
};

type Start = () => Promise<ServerProcess>;

const ROUNDS = 5;
/** After the process has given back what only its start needed. */
const SETTLED_MS = 8000;

/** From the start of the process to its first ready answer, on folders and databases that were used before. */
export async function measureStart(engines: {
  readonly embedded: Start;
  readonly server: Start;
}): Promise<StartFigures> {
  await (await engines.embedded()).stop();
  await (await engines.server()).stop();
  const embedded: number[] = [];
  const server: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    embedded.push(await timeStart(engines.embedded));
    server.push(await timeStart(engines.server));
  }
  const idle = await engines.server();
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const idleBytes = idle.residentBytes();
  await idle.stop();
  return { embeddedMs: quantile(embedded, 0.5), serverMs: quantile(server, 0.5), idleBytes };
}

async function timeStart(start: Start): Promise<number> {
  const startedAt = performance.now();
  const server = await start();
  const milliseconds = performance.now() - startedAt;
  await server.stop();
  return milliseconds;
}
