import { join } from 'node:path';
import type { DatabaseSettings } from '../src/platform/db/create-database.ts';
import { createProse } from '../test/support/prose.ts';
import { seedPassages } from './seed-passages.ts';
import type { ServerProcess } from './server-process.ts';
import { signIn, signUp, type BenchAccount } from './sign-up.ts';
import { quantile } from './quantile.ts';

/** The time of a search by words over generated texts. */
export type SearchFigures = {
  readonly name: string;
  readonly passages: number;
  readonly p50: number;
  readonly p95: number;
  readonly aimMs: number;
};

type Case = {
  readonly name: string;
  readonly documents: number;
  readonly passagesEach: number;
  readonly aimMs: number;
  readonly database: DatabaseSettings;
  readonly start: () => Promise<ServerProcess>;
  /** Made by the first start where it is missing. */
  readonly account?: BenchAccount;
};

type Surroundings = {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly account: BenchAccount;
  readonly startServer: (environment: Readonly<Record<string, string>>) => Promise<ServerProcess>;
};

const QUESTIONS = 200;
const WARM_UPS = 20;
const QUESTION_WORDS = 8;
const PASSAGE_WORDS = 60;

/** Asks over HTTP, one question at a time: 5,000 documents embedded, and 100,000 passages on the server. */
export async function measureSearch(surroundings: Surroundings): Promise<readonly SearchFigures[]> {
  const { folder, databaseUrl, account, startServer } = surroundings;
  const dataDir = join(folder, 'search');
  const onServer = { kind: 'server', url: databaseUrl, poolSize: 2, statementTimeoutMs: 60_000 };
  return [
    await measure({
      name: '5,000 documents, embedded',
      documents: 5000,
      passagesEach: 1,
      aimMs: 60,
      database: { kind: 'embedded', dataFolder: dataDir },
      start: () => startServer({ DATA_DIR: dataDir, DATABASE_URL: '' }),
    }),
    await measure({
      name: '100,000 passages, server',
      documents: 1000,
      passagesEach: 100,
      aimMs: 150,
      database: { ...onServer, kind: 'server' },
      start: () => startServer({}),
      account,
    }),
  ];
}

async function measure({ name, aimMs, database, start, ...size }: Case): Promise<SearchFigures> {
  const account = size.account ?? (await signUpAt(start));
  const prose = createProse();
  const writePassage = () => `${prose(PASSAGE_WORDS)}.`;
  const passages = await seedPassages(database, account, { ...size, writePassage });
  const server = await start();
  try {
    const ask = createSearch(server, { ...account, accessToken: await signIn(server.baseUrl) });
    for (let index = 0; index < WARM_UPS; index += 1) await ask(prose(QUESTION_WORDS));
    const times: number[] = [];
    for (let index = 0; index < QUESTIONS; index += 1) times.push(await ask(prose(QUESTION_WORDS)));
    return { name, passages, p50: quantile(times, 0.5), p95: quantile(times, 0.95), aimMs };
  } finally {
    await server.stop();
  }
}

/** The embedded database belongs to one process at a time. */
async function signUpAt(start: () => Promise<ServerProcess>): Promise<BenchAccount> {
  const server = await start();
  try {
    return await signUp(server.baseUrl, { projects: 1 });
  } finally {
    await server.stop();
  }
}

function createSearch(server: ServerProcess, { accessToken, projectId }: BenchAccount) {
  const url = `${server.baseUrl}/api/v1/projects/${projectId}/search`;
  const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
  return async (query: string): Promise<number> => {
    const startedAt = performance.now();
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
    const body = await response.text();
    const elapsedMs = performance.now() - startedAt;
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body}`);
    return elapsedMs;
  };
}
