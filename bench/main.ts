// Compares Groundwork with the bare twin in one run, in alternation, and prints the table.
// The servers share the first processor, the load has the others, so read the ratios, not the seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startServer, type ServerProcess } from './server-process.ts';
import { signUp, type BenchAccount } from './sign-up.ts';
import { measureGateway } from './gateway.ts';
import { measureHostile } from './hostile.ts';
import { measureIngestion, measureUpload } from './memory.ts';
import { measureJobs } from './jobs.ts';
import { measureRoutes, PROJECTS } from './routes.ts';
import { measureRowSecurity } from './row-security.ts';
import { measureSearch } from './search.ts';
import { measureSignIn } from './sign-in.ts';
import { measureStart } from './start.ts';
import { measureStreams } from './streams.ts';
import {
  formatGateway,
  formatHostile,
  formatJobs,
  formatMemoryTable,
  formatRowSecurity,
  formatSearch,
  formatSignIn,
  formatStart,
  formatStreams,
  formatTable,
} from './table.ts';

const adminUrl = process.env['BENCH_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 3);
const PARTS = [
  'start',
  'routes',
  'gateway',
  'streams',
  'sign-in',
  'row-security',
  'jobs',
  'search',
  'files',
  'hostile',
] as const;
/** Without any, all of them. */
const ASKED = (process.env['BENCH_PARTS'] ?? '').split(',').filter((part) => part !== '');
const PORTS = { groundwork: 18_000, twin: 18_001, model: 18_002, pipe: 18_003 } as const;
const DATABASE = 'groundwork_bench';

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
  if (isAsked('start')) console.log(formatStart(await measureStarts()));
  const groundwork = await startGroundwork();
  servers.push(groundwork);
  const account = await signUp(groundwork.baseUrl, { projects: PROJECTS });
  const twin = await startTwin(account);
  servers.push(twin);

  if (isAsked('routes')) {
    const pace = { rounds: ROUNDS, seconds: SECONDS };
    console.log(formatTable(await measureRoutes({ groundwork, twin }, account, pace)));
  }
  if (isAsked('gateway')) {
    const pipe = await startPipe();
    servers.push(pipe);
    const pace = { rounds: ROUNDS, seconds: SECONDS };
    console.log(formatGateway(await measureGateway({ groundwork, pipe, model }, account, pace)));
    await pipe.stop();
  }
  await groundwork.stop();
  await measureApart(account);
}

/** What is measured on servers of its own. */
async function measureApart(account: BenchAccount): Promise<void> {
  if (isAsked('streams')) console.log(formatStreams(await measureOpenStreams(account)));
  if (isAsked('sign-in')) console.log(formatSignIn(await measureSignIns(account)));
  if (isAsked('row-security'))
    console.log(formatRowSecurity(await measureRowSecurity(databaseUrl, account)));
  if (isAsked('jobs')) console.log(formatJobs(await measureJobs(databaseUrl)));
  if (isAsked('search')) console.log(formatSearch(await measureSearches(account)));
  if (isAsked('files')) console.log(formatMemoryTable(await measureFiles(account)));
  if (isAsked('hostile')) console.log(formatHostile(await measureHostileDocuments(account)));
}

function isAsked(part: (typeof PARTS)[number]): boolean {
  return ASKED.length === 0 || ASKED.includes(part);
}

/** The embedded database has a thread of its own, so that here a processor must be left for it. */
function measureStarts() {
  return measureStart({
    embedded: () => startGroundwork({ isPinned: false, environment: { DATABASE_URL: '' } }),
    server: () => startGroundwork({ isPinned: false }),
  });
}

/** Without jobs, so that a document can be waited for. */
async function measureOpenStreams(account: BenchAccount) {
  const server = await startGroundwork({ flags: ['--no-jobs'] });
  servers.push(server);
  const figures = await measureStreams({ server, account }, { seconds: SECONDS * 5 });
  await server.stop();
  return figures;
}

/** Hashes run beside the event loop, so that here a processor must be left for them. */
async function measureSignIns(account: BenchAccount) {
  const signingIn = await startGroundwork({ isPinned: false });
  servers.push(signingIn);
  const figures = await measureSignIn(signingIn, account);
  await signingIn.stop();
  return figures;
}

/** The database works beside the event loop, so that here a processor must be left for it. */
function measureSearches(account: BenchAccount) {
  return measureSearch({
    folder: dataDir,
    databaseUrl,
    account,
    async startServer(environment) {
      const server = await startGroundwork({ environment, isPinned: false });
      servers.push(server);
      return server;
    },
  });
}

/** The parser has a thread of its own, so that here a processor must be left for it. */
async function measureHostileDocuments(account: BenchAccount) {
  const server = await startGroundwork({ isPinned: false });
  servers.push(server);
  const figures = await measureHostile({ server, account }, { seconds: SECONDS });
  await server.stop();
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

type Start = {
  readonly flags?: readonly string[];
  readonly isPinned?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
};

function startGroundwork(start: Start = {}): Promise<ServerProcess> {
  const { flags = [], isPinned = true, environment } = start;
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
      ...environment,
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
