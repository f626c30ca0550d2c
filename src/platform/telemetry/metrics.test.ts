import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('keeps the metrics of two services apart', async () => {
  const one = createMetrics();
  const other = createMetrics();
  one.jobsTotal.inc({ queue: 'ingest', status: 'completed' });
  expect(await one.registry.metrics()).toContain('jobs_total{queue="ingest",status="completed"} 1');
  expect(await other.registry.metrics()).not.toContain('queue="ingest"');
});

it('tells memory by type, CPU time by mode and uptime, each once', async () => {
  const { registry } = createMetrics();
  await registry.metrics();
  const text = await registry.metrics();
  for (const type of ['rss', 'heap_total', 'heap_used', 'external', 'array_buffers']) {
    expect(text).toMatch(new RegExp(`process_memory_bytes{type="${type}"} \\d`));
  }
  expect(text.match(/^process_cpu_seconds_total.*/gm)).toHaveLength(2);
  expect(text).toMatch(/process_cpu_seconds_total{mode="user"} [\d.]+/);
  expect(text).toMatch(/app_uptime_seconds \d/);
  expect(text).toMatch(/nodejs_eventloop_lag_seconds \d/);
});

it('counts CPU time without counting it twice', async () => {
  const { registry } = createMetrics();
  await registry.metrics();
  const metric = await registry.getSingleMetric('process_cpu_seconds_total')?.get();
  const seconds = metric?.values.reduce((sum, { value }) => sum + value, 0) ?? Infinity;
  const { user, system } = process.cpuUsage();
  expect(seconds).toBeLessThanOrEqual((user + system) / 1e6);
});

it('names each metric as on the wire', () => {
  const { registry, ...metrics } = createMetrics();
  const names = new Set(registry.getMetricsAsArray().map(({ name }) => name));
  for (const key of Object.keys(metrics)) {
    const wireName = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    expect(names).toContain(wireName);
  }
});
