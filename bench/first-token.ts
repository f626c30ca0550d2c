import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Call } from './load.ts';
import type { ServerProcess } from './server-process.ts';
import { quantile } from './quantile.ts';

/** Milliseconds from a request to the first token of its answer, over many answers. */
export type FirstTokens = {
  readonly p50: number;
  readonly p95: number;
  /** Processor time of the server for a whole answer. */
  readonly cpuMicrosEach: number;
  /** All that were read to their end. */
  readonly answers: number;
  readonly failures: number;
};

type Load = { readonly streams: number; readonly seconds: number };

const STREAM_MS = 4000;
const TOKEN = 'token ';

/**
 * Keeps `streams` answers open at a time, whose starts are spread over the length of one. Measured are those that
 * begin once all are open: fewer are less load, and the first ones wait for their connections.
 */
export async function loadWithOpenStreams(
  server: ServerProcess,
  call: Call,
  { streams, seconds }: Load,
): Promise<FirstTokens> {
  const agent = new Agent({ keepAlive: true, maxSockets: streams });
  const allOpenAt = performance.now() + STREAM_MS;
  const until = allOpenAt + seconds * 1000;
  const times: number[] = [];
  let answers = 0;
  let failures = 0;

  async function keepAsking(startsInMs: number): Promise<void> {
    await sleep(startsInMs);
    while (performance.now() < until) {
      const isMeasured = performance.now() >= allOpenAt;
      const time = await readAnswer(`${server.baseUrl}${call.path}`, call, agent);
      if (time === undefined) failures += 1;
      else answers += 1;
      if (time !== undefined && isMeasured) times.push(time);
    }
  }

  async function measureCpu(): Promise<number> {
    await sleep(STREAM_MS);
    const [cpuBefore, answersBefore] = [server.cpuMicros(), answers];
    await sleep(seconds * 1000);
    return (server.cpuMicros() - cpuBefore) / (answers - answersBefore);
  }

  const [cpuMicrosEach] = await Promise.all([
    measureCpu(),
    ...Array.from({ length: streams }, (_, index) => keepAsking((index * STREAM_MS) / streams)),
  ]);
  agent.destroy();
  const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
  return { p50, p95, cpuMicrosEach, answers, failures };
}

/** The round in the middle, so that the figures of a row belong together. */
export function middleOf(rounds: readonly FirstTokens[]): FirstTokens {
  const sorted = rounds.toSorted((one, other) => one.p50 - other.p50);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** Reads an answer to its end; undefined where it has no token, or no end. */
function readAnswer(
  url: string,
  { method, headers, body }: Call,
  agent: Agent,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const outgoing = request(url, { method, headers, agent });
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('response', (incoming) => {
      let firstTokenMs: number | undefined;
      let end = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => {
        if (part.includes(TOKEN)) firstTokenMs ??= performance.now() - startedAt;
        end = (end + part).slice(-20);
      });
      incoming.on('end', () => resolve(end.includes('[DONE]') ? firstTokenMs : undefined));
      incoming.on('error', () => resolve(undefined));
    });
    outgoing.end(body);
  });
}
