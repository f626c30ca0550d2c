// Compares Groundwork with the bare twin in one run, in alternation, and prints the table.
// The servers share the first processor, the load has the others, so read the ratios, not the seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { loadWithRequests, loadWithStreams, type Call, type Measurement } from './load.ts';
import { startServer, type ServerProcess } from './server-process.ts';
import { signUp, type BenchAccount } from './sign-up.ts';
import { measureGateway } from './gateway.ts';
import { measureIngestion, measureUpload } from './memory.ts';
import { measureRowSecurity } from './row-security.ts';
import { measureSignIn } from './sign-in.ts';
import {
  formatGateway,
  formatMemoryTable,
  formatRowSecurity,
  formatSignIn,
  formatTable,
  median,
} from './table.ts';

const adminUrl = process.env['BENCH_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const PARTS = ['routes', 'gateway', 'sign-in', 'row-security', 'files'] as const;
/** Without any, all of them. */
const ASKED = (process.env['BENCH_PARTS'] ?? '').split(',').filter((part) => part !== '');
const CONNECTIONS = 32;
const PROJECTS = 1000;
const PORTS = { groundwork: 18_000, twin: 18_001, model: 18_002, pipe: 18_003 } as const;
const DATABASE = 'groundwork_bench';

type Contender = { readonly server: ServerProcess; readonly headers: Record<string, string> };
type Case = { readonly name: string; run(contender: Contender): Promise<Measurement> };

const databaseUrl = await createDatabase();
const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-bench-'));
const modelUrl = `http://127.0.0.1:${PORTS.model}/v1`;
const servers: ServerProcess[] = [];
try {
  await main();
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(dataDir, { recursive: true });
  await withAdmin((client) => client.query(`drop database if exists ${DATABASE} with (force)`));
}

async function main(): Promise<void> {
  const model = await startModel();
  servers.push(model);
  const groundwork = await startGroundwork();
  servers.push(groundwork);
  console.log(`idle memory on server Postgres: ${megabytes(groundwork.residentBytes())} MB`);

  const account = await signUp(groundwork.baseUrl, { projects: PROJECTS });
  const twin = await startTwin(account);
  servers.push(twin);
  const headers = {
    authorization: `Bearer ${account.accessToken}`,
    'content-type': 'application/json',
  };
  const contenders = {
    groundwork: { server: groundwork, headers },
    twin: { server: twin, headers },
  };

  if (isAsked('routes')) {
    const rows = [];
    for (const benchCase of casesFor(account)) rows.push(await compare(benchCase, contenders));
    console.log(formatTable(rows));
  }
  if (isAsked('gateway')) {
    const pipe = await startPipe();
    servers.push(pipe);
    const pace = { rounds: ROUNDS, seconds: SECONDS };
    console.log(formatGateway(await measureGateway({ groundwork, pipe, model }, account, pace)));
    await pipe.stop();
  }
  await groundwork.stop();
  if (isAsked('sign-in')) console.log(formatSignIn(await measureSignIns(account)));
  if (isAsked('row-security'))
    console.log(formatRowSecurity(await measureRowSecurity(databaseUrl, account)));
  if (isAsked('files')) console.log(formatMemoryTable(await measureFiles(account)));
}

function isAsked(part: (typeof PARTS)[number]): boolean {
  return ASKED.length === 0 || ASKED.includes(part);
}

/** Hashes run beside the event loop, so that here a processor must be left for them. */
async function measureSignIns(account: BenchAccount) {
  const signingIn = await startGroundwork({ isPinned: false });
  servers.push(signingIn);
  const figures = await measureSignIn(signingIn, account);
  await signingIn.stop();
  return figures;
}

/** Uploads to a server without jobs; then ingests growing sizes, whose peaks are alike where memory is flat. */
async function measureFiles(account: BenchAccount) {
  const receiving = await startGroundwork({ flags: ['--no-jobs'] });
  servers.push(receiving);
  await measureUpload({ server: receiving, account }, { megabytes: 1 });
  const upload = await measureUpload({ server: receiving, account }, { megabytes: 50 });
  await receiving.stop();

  const ingesting = await startGroundwork();
  servers.push(ingesting);
  const target = { server: ingesting, account };
  return [
    upload,
    // The first grows the heap to its working size.
    await measureIngestion(target, { megabytes: 10 }),
    await measureIngestion(target, { megabytes: 20 }),
    await measureIngestion(target, { megabytes: 40 }),
  ];
}

async function compare({ name, run }: Case, contenders: Record<'groundwork' | 'twin', Contender>) {
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    theirs.push(await run(contenders.twin));
    ours.push(await run(contenders.groundwork));
  }
  return { name, ours: median(ours), twin: median(theirs) };
}

function casesFor(account: BenchAccount): readonly Case[] {
  const load = { connections: CONNECTIONS, seconds: SECONDS };
  const requests = (name: string, call: Omit<Call, 'headers'>): Case => ({
    name,
    run: ({ server, headers }) => loadWithRequests(server, { ...call, headers }, load),
  });
  const streams = (count: number): Case => ({
    name: `chat stream of 200 tokens, ${count} at once`,
    run: ({ server, headers }) => {
      const body = JSON.stringify({ message: 'Tell me something.' });
      return loadWithStreams(
        server,
        { method: 'POST', path: '/api/v1/chat/stream', headers, body },
        count,
      );
    },
  });
  return [
    requests('GET /health', { method: 'GET', path: '/health' }),
    requests('GET /users/me', { method: 'GET', path: '/api/v1/users/me' }),
    requests(`list 20 of ${PROJECTS} projects`, { method: 'GET', path: '/api/v1/projects' }),
    requests('read a project', { method: 'GET', path: `/api/v1/projects/${account.projectId}` }),
    requests('create a project', {
      method: 'POST',
      path: '/api/v1/projects',
      body: JSON.stringify({ name: 'Benchmark' }),
    }),
    streams(1),
    streams(50),
    streams(500),
  ];
}

function startModel(): Promise<ServerProcess> {
  return startServer({
    args: ['bench/model-server.ts', String(PORTS.model)],
    baseUrl: `http://127.0.0.1:${PORTS.model}`,
    readyPath: '/',
    isPinned: false,
  });
}

function startPipe(): Promise<ServerProcess> {
  return startServer({
    args: ['bench/pipe.ts', String(PORTS.pipe), new URL(modelUrl).origin],
    baseUrl: `http://127.0.0.1:${PORTS.pipe}`,
    readyPath: '/',
  });
}

function startGroundwork({
  flags = [],
  isPinned = true,
}: { flags?: readonly string[]; isPinned?: boolean } = {}): Promise<ServerProcess> {
  const unlimited = '1000000/second';
  return startServer({
    args: ['dist/main.js', 'serve', ...flags],
    environment: {
      APP_ENV: 'development',
      PORT: String(PORTS.groundwork),
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      LLM_BASE_URL: modelUrl,
      LLM_API_KEY: 'bench',
      LLM_MODEL: 'bench',
      LLM_PRICE_PROMPT: '1',
      LLM_PRICE_COMPLETION: '4',
      LOG_FORMAT: 'json',
      RATE_LIMIT_DEFAULT: unlimited,
      RATE_LIMIT_LOGIN: unlimited,
      RATE_LIMIT_REGISTER: unlimited,
      RATE_LIMIT_CHAT_FREE: unlimited,
      RATE_LIMIT_CHAT_STREAM: unlimited,
      CONCURRENT_STREAMS_FREE: '100000',
    },
    baseUrl: `http://127.0.0.1:${PORTS.groundwork}`,
    readyPath: '/health/ready',
    isPinned,
  });
}

async function startTwin(account: BenchAccount): Promise<ServerProcess> {
  await withAdmin(
    (client) => client.query('create table bench_messages (id uuid primary key, content text)'),
    databaseUrl,
  );
  return startServer({
    args: [
      'bench/twin.ts',
      String(PORTS.twin),
      databaseUrl,
      modelUrl,
      account.userId,
      account.teamId,
    ],
    baseUrl: `http://127.0.0.1:${PORTS.twin}`,
    readyPath: '/health',
  });
}

async function createDatabase(): Promise<string> {
  await withAdmin(async (client) => {
    await client.query(`drop database if exists ${DATABASE} with (force)`);
    await client.query(`create database ${DATABASE}`);
  });
  const url = new URL(adminUrl);
  url.pathname = `/${DATABASE}`;
  return url.toString();
}

async function withAdmin<T>(work: (client: pg.Client) => Promise<T>, url = adminUrl): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
