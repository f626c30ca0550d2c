import autocannon from 'autocannon';
import { request } from 'node:http';
import type { ServerProcess } from './server-process.ts';
import { quantile } from './quantile.ts';

/** What one server did under one load; times in milliseconds. */
export type Measurement = {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicrosEach: number;
  readonly residentBytes: number;
  readonly answers: number;
  readonly failures: number;
};

export type Call = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** Calls as fast as `connections` allow for some seconds. */
export async function loadWithRequests(
  server: ServerProcess,
  call: Call,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Measurement> {
  const cpuBefore = server.cpuMicros();
  const result = await autocannon({
    url: `${server.baseUrl}${call.path}`,
    method: call.method,
    headers: { ...call.headers },
    ...(call.body !== undefined && { body: call.body }),
    connections,
    duration: seconds,
  });
  const done = result['2xx'];
  return {
    perSecond: done / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    cpuMicrosEach: (server.cpuMicros() - cpuBefore) / done,
    residentBytes: server.residentBytes(),
    answers: done,
    failures: result.non2xx + result.errors,
  };
}

/** Opens `streams` event streams at once, reads each to its end, and measures a stream as one call. */
export async function loadWithStreams(
  server: ServerProcess,
  call: Call,
  streams: number,
): Promise<Measurement> {
  const cpuBefore = server.cpuMicros();
  const startedAt = performance.now();
  const outcomes = await Promise.all(
    Array.from({ length: streams }, () => readStream(server, call)),
  );
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const latencies = outcomes.filter((outcome) => outcome.isWhole).map((outcome) => outcome.ms);
  return {
    perSecond: latencies.length / elapsedSeconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuMicrosEach: (server.cpuMicros() - cpuBefore) / latencies.length,
    residentBytes: server.residentBytes(),
    answers: latencies.length,
    failures: streams - latencies.length,
  };
}

function readStream(server: ServerProcess, call: Call): Promise<{ ms: number; isWhole: boolean }> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const finish = (isWhole: boolean) => resolve({ ms: performance.now() - startedAt, isWhole });
    const outgoing = request(`${server.baseUrl}${call.path}`, {
      method: 'POST',
      headers: call.headers,
    });
    outgoing.on('error', () => finish(false));
    outgoing.on('response', (incoming) => {
      let end = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (part: string) => (end = (end + part).slice(-20)));
      incoming.on('end', () => finish(end.includes('[DONE]')));
      incoming.on('error', () => finish(false));
    });
    outgoing.end(call.body);
  });
}
