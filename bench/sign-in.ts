import autocannon from 'autocannon';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ServerProcess } from './server-process.ts';
import { BENCH_CREDENTIALS, type BenchAccount } from './sign-up.ts';
import { quantile } from './quantile.ts';

export type SignInFigures = {
  readonly loginsPerSecond: number;
  /** Of argon2id alone, at the same cost and as many at a time as the service runs. */
  readonly rawPerSecond: number;
  /** Of `GET /users/me` while logins come as fast as they are answered. */
  readonly othersP99Ms: number;
  /** Medians of failed logins, known and unknown accounts in alternation. */
  readonly knownMs: number;
  readonly unknownMs: number;
};

const run = promisify(execFile);
const SECONDS = 3;
const ROUNDS = 7;
const SAMPLES = 40;
const OTHERS_PER_SECOND = 50;
const LOGINS_AT_ONCE = 4;

/** What passwords cost: sign-in beside the raw hash, and whether time tells who has an account. */
export async function measureSignIn(
  server: ServerProcess,
  account: BenchAccount,
): Promise<SignInFigures> {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const rawPerSecond = await measureRaw();
    const [loginsPerSecond, othersP99Ms] = await Promise.all([
      measureLogins(server),
      measureOthers(server, account),
    ]);
    rounds.push({ rawPerSecond, loginsPerSecond, othersP99Ms });
  }
  rounds.sort((a, b) => a.loginsPerSecond / a.rawPerSecond - b.loginsPerSecond / b.rawPerSecond);
  const middle = rounds[Math.floor(ROUNDS / 2)];
  if (!middle) throw new Error('nothing was measured');
  return { ...middle, ...(await measureRefusals(server)) };
}

async function measureRaw(): Promise<number> {
  const { stdout } = await run(process.execPath, ['bench/argon2-rate.ts', String(SECONDS)]);
  return Number(stdout);
}

async function measureLogins({ baseUrl }: ServerProcess): Promise<number> {
  const result = await autocannon({
    url: `${baseUrl}/api/v1/auth/login`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(BENCH_CREDENTIALS),
    connections: LOGINS_AT_ONCE,
    duration: SECONDS,
  });
  if (result.non2xx + result.errors > 0) throw new Error('a login failed');
  return result['2xx'] / result.duration;
}

async function measureOthers({ baseUrl }: ServerProcess, account: BenchAccount): Promise<number> {
  const result = await autocannon({
    url: `${baseUrl}/api/v1/users/me`,
    headers: { authorization: `Bearer ${account.accessToken}` },
    connections: 2,
    overallRate: OTHERS_PER_SECOND,
    duration: SECONDS,
  });
  return result.latency.p99;
}

/** Each account is asked for once, so that none comes near its limit of guesses. */
async function measureRefusals({ baseUrl }: ServerProcess) {
  const emailOf = (kind: string, index: number) => `${kind}-${index}@example.com`;
  const { password } = BENCH_CREDENTIALS;
  for (let index = 0; index < SAMPLES; index += 1) {
    await post(`${baseUrl}/api/v1/auth/register`, { email: emailOf('known', index), password });
  }
  const times = { known: new Array<number>(), unknown: new Array<number>() };
  for (let index = 0; index < SAMPLES; index += 1) {
    for (const kind of ['known', 'unknown'] as const) {
      const startedAt = performance.now();
      await post(`${baseUrl}/api/v1/auth/login`, {
        email: emailOf(kind, index),
        password: 'Not-the-r1ght-one',
      });
      times[kind].push(performance.now() - startedAt);
    }
  }
  return { knownMs: quantile(times.known, 0.5), unknownMs: quantile(times.unknown, 0.5) };
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
}
