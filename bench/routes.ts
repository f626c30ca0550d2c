import { loadWithRequests, loadWithStreams, type Call, type Measurement } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';
import { median } from './table.ts';

type Contender = { readonly server: ServerProcess; readonly headers: Record<string, string> };
type Case = { readonly name: string; run(contender: Contender): Promise<Measurement> };
type Pace = { readonly rounds: number; readonly seconds: number };

const CONNECTIONS = 32;
export const PROJECTS = 1000;

/** Each route of ours beside that of the twin, in alternation. */
export async function measureRoutes(
  servers: Readonly<Record<'groundwork' | 'twin', ServerProcess>>,
  account: BenchAccount,
  pace: Pace,
) {
  const headers = {
    authorization: `Bearer ${account.accessToken}`,
    'content-type': 'application/json',
  };
  const contenders = {
    groundwork: { server: servers.groundwork, headers },
    twin: { server: servers.twin, headers },
  };
  const rows = [];
  for (const each of casesFor(account, pace)) rows.push(await compare(each, contenders, pace));
  return rows;
}

async function compare(
  { name, run }: Case,
  contenders: Record<'groundwork' | 'twin', Contender>,
  { rounds }: Pace,
) {
  const ours: Measurement[] = [];
  const theirs: Measurement[] = [];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await run(contenders.twin));
    ours.push(await run(contenders.groundwork));
  }
  return { name, ours: median(ours), twin: median(theirs) };
}

function casesFor(account: BenchAccount, { seconds }: Pace): readonly Case[] {
  const load = { connections: CONNECTIONS, seconds };
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
