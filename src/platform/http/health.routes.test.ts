import { expect, it, onTestFinished, vi } from 'vitest';
import { buildHttpApp, type TestHttpOptions } from '#test/http-app';
import type { HealthCheck } from './health.routes.ts';

async function buildApp(options: TestHttpOptions) {
  const built = await buildHttpApp(options);
  onTestFinished(() => built.app.close());
  return built;
}

function buildCheck(name: string, changes: Partial<HealthCheck> = {}): HealthCheck {
  return { name, isRequired: true, check: async () => {}, ...changes };
}

async function fail(): Promise<void> {
  throw new Error('connect ECONNREFUSED canary:5432');
}

it('shows each dependency with its state and latency', async () => {
  const { app } = await buildApp({ checks: [buildCheck('database'), buildCheck('storage')] });
  const answer = await app.inject('/health/ready');
  expect(answer.statusCode).toBe(200);
  const checks = ['database', 'storage'].map((name) => ({
    name,
    state: 'up',
    latency_ms: expect.any(Number),
  }));
  expect(answer.json()).toEqual({ status: 'ready', checks });
});

it('is not ready without a required part, and says which but not why', async () => {
  const checks = [buildCheck('storage'), buildCheck('database', { check: fail })];
  const { app } = await buildApp({ checks });
  const answer = await app.inject('/health/ready');
  expect(answer.statusCode).toBe(503);
  expect(answer.json()).toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
    reason: 'not_ready',
    detail: 'Not working: database',
    details: {
      checks: [
        { name: 'storage', state: 'up' },
        { name: 'database', state: 'down' },
      ],
    },
  });
  expect(answer.body).not.toContain('canary');
});

it('goes on with less when only an optional part is down', async () => {
  const checks = [buildCheck('redis', { isRequired: false, check: fail })];
  const { app } = await buildApp({ checks });
  const answer = await app.inject('/health/ready');
  expect(answer.statusCode).toBe(200);
  expect(answer.json()).toMatchObject({ status: 'degraded', checks: [{ state: 'down' }] });
});

it('calls a part down that does not answer in time', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hangs = buildCheck('database', { check: () => new Promise(() => {}) });
  const { app } = await buildApp({ checks: [hangs] });
  const answer = app.inject('/health/ready');
  await vi.advanceTimersByTimeAsync(2000);
  expect((await answer).statusCode).toBe(503);
});

it('asks each part once for many probes at once', async () => {
  const check = vi.fn<() => Promise<void>>(async () => {});
  const { app } = await buildApp({ checks: [buildCheck('database', { check })] });
  await Promise.all(Array.from({ length: 20 }, () => app.inject('/health/ready')));
  expect(check).toHaveBeenCalledTimes(1);
});

it.each(['/health', '/health/live'])(
  'says at %s that it is alive, whatever is down',
  async (url) => {
    const { app } = await buildApp({ checks: [buildCheck('database', { check: fail })] });
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ status: 'ok' });
  },
);

it('shows the metrics of requests by route, and one label for whatever matches none', async () => {
  const { app } = await buildApp({});
  for (let count = 0; count < 30; count += 1) {
    await app.inject({ method: count % 2 ? 'PUT' : 'GET', url: `/random-${count}` });
  }
  await app.inject('/health');
  const { body, headers } = await app.inject('/metrics');
  expect(headers['content-type']).toContain('text/plain; version=0.0.4');
  const series = body.split('\n').filter((line) => line.startsWith('http_requests_total{'));
  expect(series).toEqual([
    'http_requests_total{method="ANY",endpoint="unmatched",status_code="404"} 30',
  ]);
  expect(body).toContain('http_requests_in_progress{method="ANY",endpoint="unmatched"} 0');
});
