import { once } from 'node:events';
import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { ServerProcess } from './server-process.ts';
import type { BenchAccount } from './sign-up.ts';
import { upload } from './upload.ts';
import { quantile } from './quantile.ts';

export type StreamsFigures = {
  readonly idle: number;
  readonly active: number;
  readonly bytesBefore: number;
  readonly bytesWithIdle: number;
  readonly bytesWithActive: number;
  /** Milliseconds from a token's being sent by the model until the reader has it. */
  readonly lag: { readonly p50: number; readonly p95: number; readonly p99: number };
  readonly tokens: number;
  /** Of another request meanwhile, in milliseconds. */
  readonly otherP99: number;
  readonly failures: number;
};

type Target = { readonly server: ServerProcess; readonly account: BenchAccount };

const IDLE = 2000;
const ACTIVE = 200;
/** To which the model answers with tokens that are the times they were sent at, twenty a second. */
const QUESTION = 'What time is it?';
const OPENED_AT_ONCE = 100;
const SETTLE_MS = 2000;
const SPREAD_MS = 1000;
const ASK_EVERY_MS = 50;

/**
 * Readers who wait, each for a document that nobody ingests, beside answers that are being written. `server` must run
 * no jobs.
 */
export async function measureStreams(
  target: Target,
  { seconds }: { seconds: number },
): Promise<StreamsFigures> {
  const { server, account } = target;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const bytesBefore = server.residentBytes();
  const idle = await openIdleStreams(target, agent);
  await sleep(SETTLE_MS);
  const bytesWithIdle = server.residentBytes();

  const lags: number[] = [];
  let failures = idle.filter(({ statusCode }) => statusCode !== 200).length;
  const until = performance.now() + seconds * 1000;
  const readAnswers = async (index: number): Promise<void> => {
    await sleep((index * SPREAD_MS) / ACTIVE);
    while (performance.now() < until) {
      const isWhole = await readAnswer(target, { agent, onToken: (lag) => lags.push(lag) });
      if (!isWhole) failures += 1;
    }
  };
  const [others] = await Promise.all([
    askMeanwhile(target, { agent, until }),
    ...Array.from({ length: ACTIVE }, (_, index) => readAnswers(index)),
  ]);
  const bytesWithActive = server.residentBytes();
  const isStillOpen = idle.every((stream) => !stream.destroyed);
  for (const stream of idle) stream.destroy();
  agent.destroy();
  if (!isStillOpen) throw new Error(`an idle stream of ${account.projectId} was closed`);
  return {
    idle: IDLE,
    active: ACTIVE,
    bytesBefore,
    bytesWithIdle,
    bytesWithActive,
    lag: { p50: quantile(lags, 0.5), p95: quantile(lags, 0.95), p99: quantile(lags, 0.99) },
    tokens: lags.length,
    otherP99: quantile(others, 0.99),
    failures,
  };
}

async function openIdleStreams(target: Target, agent: Agent): Promise<readonly IncomingMessage[]> {
  const events = `${await upload(target, new File(['Nobody reads it.'], 'waits.txt'))}/events`;
  const streams: IncomingMessage[] = [];
  for (let opened = 0; opened < IDLE; opened += OPENED_AT_ONCE) {
    const batch = Array.from({ length: OPENED_AT_ONCE }, () =>
      open(target, { url: events, agent }),
    );
    for (const stream of await Promise.all(batch)) streams.push(stream.resume());
  }
  return streams;
}

type Answer = { readonly agent: Agent; readonly onToken: (lagMs: number) => void };

/** Whether it was read to its end. */
async function readAnswer(target: Target, { agent, onToken }: Answer): Promise<boolean> {
  const messages = [{ role: 'user', content: QUESTION }];
  const body = JSON.stringify({ model: 'bench', messages, stream: true });
  const url = `${target.server.baseUrl}/v1/chat/completions`;
  const stream = await open(target, { url, agent, body });
  stream.setEncoding('utf8');
  let end = '';
  for await (const part of stream) {
    const now = clock();
    for (const [, sentAt] of String(part).matchAll(/"content":"(\d+\.\d+) "/g)) {
      onToken(now - Number(sentAt));
    }
    end = (end + String(part)).slice(-20);
  }
  return end.includes('[DONE]');
}

async function askMeanwhile(
  target: Target,
  { agent, until }: { agent: Agent; until: number },
): Promise<readonly number[]> {
  const times: number[] = [];
  while (performance.now() < until) {
    const startedAt = performance.now();
    const url = `${target.server.baseUrl}/api/v1/users/me`;
    const answer = await open(target, { url, agent });
    await once(answer.resume(), 'end');
    times.push(performance.now() - startedAt);
    await sleep(ASK_EVERY_MS);
  }
  return times;
}

type Opening = { readonly url: string; readonly agent: Agent; readonly body?: string };

function open({ account }: Target, { url, agent, body }: Opening): Promise<IncomingMessage> {
  const headers = {
    authorization: `Bearer ${account.accessToken}`,
    accept: 'text/event-stream',
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const outgoing: ClientRequest = request(url, { method, headers, agent }, resolve);
    outgoing.on('error', reject).end(body);
  });
}

/** Milliseconds by the clock of the system, with fractions; the model reads the same. */
function clock(): number {
  return performance.timeOrigin + performance.now();
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
