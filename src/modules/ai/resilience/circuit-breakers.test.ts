import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRedis, type RedisConnection } from '#platform/cache/redis';
import { createMetrics } from '#platform/telemetry/metrics';
import { silentLogger } from '#test/silent-logger';
import { startTcpProxy, type TcpProxy } from '#test/tcp-proxy';
import { createCircuitBreakers, type CircuitBreakers } from './circuit-breakers.ts';
import { createSharedCircuits, type SharedCircuits } from './shared-circuits.ts';

const TARGET = { provider: 'openai', model: 'gpt' };
const SETTINGS = { failures: 20, windowMs: 10_000, openMs: 30_000 };

let timeMs: number;
let metrics: ReturnType<typeof createMetrics>;
beforeEach(() => {
  timeMs = 0;
  metrics = createMetrics();
});

function build(shared?: SharedCircuits): CircuitBreakers {
  return createCircuitBreakers({ settings: SETTINGS, metrics, shared, nowMs: () => timeMs });
}

async function fail(breakers: CircuitBreakers, times: number, target: object = {}) {
  for (let count = 0; count < times; count += 1) {
    const pass = await breakers.enter({ ...TARGET, ...target });
    if (pass.isGranted) await pass.fail();
  }
}

async function isGranted(breakers: CircuitBreakers, target: object = {}): Promise<boolean> {
  const pass = await breakers.enter({ ...TARGET, ...target });
  return pass.isGranted;
}

async function shownStates() {
  const { values } = await metrics.llmCircuitState.get();
  return values.map(({ labels, value }) => ({ ...labels, value }));
}

describe('a circuit', () => {
  it('opens with the twentieth failure in ten seconds, and says for how long', async () => {
    const breakers = build();
    await fail(breakers, 19);
    expect(await isGranted(breakers)).toBe(true);
    expect(await shownStates()).toEqual([{ ...TARGET, value: 0 }]);
    await fail(breakers, 1);
    expect(await breakers.enter(TARGET)).toEqual({ isGranted: false, retryAfterSeconds: 30 });
    expect(await shownStates()).toEqual([{ ...TARGET, value: 2 }]);
  });

  it('does not open for failures that are further apart', async () => {
    const breakers = build();
    await fail(breakers, 19);
    timeMs += SETTINGS.windowMs;
    await fail(breakers, 19);
    expect(await isGranted(breakers)).toBe(true);
  });

  it('is one of its provider, model and owner', async () => {
    const breakers = build();
    await fail(breakers, 20, { owner: 'team' });
    expect(await isGranted(breakers, { owner: 'team' })).toBe(false);
    expect(await isGranted(breakers)).toBe(true);
    expect(await isGranted(breakers, { model: 'other' })).toBe(true);
    expect(await isGranted(breakers, { provider: 'other' })).toBe(true);
    expect(await shownStates()).not.toContainEqual(expect.objectContaining({ value: 2 }));
  });

  it('lets one call try after thirty seconds, and closes when it gets an answer', async () => {
    const breakers = build();
    await fail(breakers, 20);
    timeMs += SETTINGS.openMs - 1;
    expect(await isGranted(breakers)).toBe(false);
    timeMs += 1;
    const probe = await breakers.enter(TARGET);
    expect(await shownStates()).toEqual([{ ...TARGET, value: 1 }]);
    expect(await isGranted(breakers)).toBe(false);
    if (probe.isGranted) probe.succeed();
    expect(await isGranted(breakers)).toBe(true);
    expect(await shownStates()).toEqual([{ ...TARGET, value: 0 }]);
  });

  it('stays open for another thirty seconds when the call that tries fails', async () => {
    const breakers = build();
    await fail(breakers, 20);
    timeMs += SETTINGS.openMs;
    await fail(breakers, 1);
    timeMs += SETTINGS.openMs - 1;
    expect(await isGranted(breakers)).toBe(false);
    timeMs += 1;
    expect(await isGranted(breakers)).toBe(true);
  });

  it('lets the next call try where the one before was given up, and a third where one was lost', async () => {
    const breakers = build();
    await fail(breakers, 20);
    timeMs += SETTINGS.openMs;
    const probe = await breakers.enter(TARGET);
    if (probe.isGranted) probe.leave();
    expect(await isGranted(breakers)).toBe(true);
    expect(await isGranted(breakers)).toBe(false);
    timeMs += SETTINGS.openMs;
    expect(await isGranted(breakers)).toBe(true);
  });
});

const redisUrl = process.env['TEST_REDIS_URL'] ?? '';

describe.runIf(redisUrl)('a circuit that replicas share', () => {
  let redis: RedisConnection;
  let proxy: TcpProxy;
  let shared: SharedCircuits;

  beforeEach(async () => {
    const { hostname, port } = new URL(redisUrl);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    const url = `redis://127.0.0.1:${proxy.port}`;
    redis = await createRedis({ url, logger: silentLogger, metrics });
    shared = sharedCircuits();
  });
  afterEach(async () => {
    await redis.close();
    await proxy.close();
  });

  function sharedCircuits(settings = SETTINGS): SharedCircuits {
    return createSharedCircuits({ redis, settings, namespace: `test:${randomUUID()}:` });
  }

  it('opens by what all of them saw, for each within a second and for one that starts later', async () => {
    const [one, two] = [build(shared), build(shared)];
    await fail(one, 10);
    await fail(two, 10);
    expect(await isGranted(two)).toBe(false);
    timeMs += 1000;
    expect(await isGranted(one)).toBe(false);
    expect(await isGranted(build(shared))).toBe(false);
  });

  it('lets one call of all of them try, and closes for all', async () => {
    shared = sharedCircuits({ ...SETTINGS, openMs: 300 });
    await fail(build(shared), 20);
    const replicas = [build(shared), build(shared), build(shared)];
    const tried = () => Promise.all(replicas.map((replica) => replica.enter(TARGET)));
    const probe = await vi.waitFor(async () => {
      const granted = (await tried()).filter((pass) => pass.isGranted);
      timeMs += 300;
      expect(granted).toHaveLength(1);
      return granted[0];
    });
    if (probe?.isGranted) probe.succeed();
    await vi.waitFor(async () => {
      timeMs += 1000;
      expect((await tried()).every((pass) => pass.isGranted)).toBe(true);
    });
  });

  it('is handed back by a call that was given up', async () => {
    shared = sharedCircuits({ ...SETTINGS, openMs: 200 });
    await fail(build(shared), 20);
    const probe = await vi.waitFor(async () => {
      const pass = await build(shared).enter(TARGET);
      expect(pass.isGranted).toBe(true);
      return pass;
    });
    if (probe.isGranted) probe.leave();
    await vi.waitFor(async () => expect(await isGranted(build(shared))).toBe(true));
  });

  it.each(['refused', 'silent'] as const)(
    'is each process’s own while Redis is %s, and soon decided',
    async (fault) => {
      const breakers = build(shared);
      await fail(breakers, 10);
      await (fault === 'refused' ? proxy.refuse() : proxy.swallow());
      const startedAt = performance.now();
      await fail(breakers, 10);
      expect(await isGranted(breakers)).toBe(false);
      expect(performance.now() - startedAt).toBeLessThan(500);
    },
  );
});
