import { Writable } from 'node:stream';
import {
  createHttpApp,
  type App,
  type HttpAppOptions,
  type HttpSettings,
} from '#platform/http/app';
import type { RatePolicies } from '#platform/http/rate-limit.hook';
import type { RatePolicy } from '#platform/rate-limit/rate-limiter';
import { createLogger } from '#platform/telemetry/logger';
import { createMetrics, type Metrics } from '#platform/telemetry/metrics';
import type { Actor } from '#shared/actor';
import { newId } from '#shared/ids';

export type LogLine = Readonly<Record<string, unknown>>;

export type TestHttpApp = {
  readonly app: App;
  readonly metrics: Metrics;
  readonly logLines: LogLine[];
};

export type TestHttpOptions = Partial<Omit<HttpAppOptions, 'settings'>> & {
  readonly settings?: Partial<HttpSettings>;
};

export function buildActor(changes: Partial<Actor> = {}): Actor {
  return {
    userId: newId(),
    role: 'user',
    teamId: newId(),
    teamRole: 'owner',
    tier: 'free',
    credential: { kind: 'session', authSessionId: newId() },
    ...changes,
  };
}

export function buildPolicy(name: string, limit = 1000): RatePolicy {
  const window = { limit, windowSeconds: 60, text: `${limit}/minute` };
  return { name, windows: [window], isGuarded: false };
}

export function buildPolicies(changes: Partial<RatePolicies> = {}): RatePolicies {
  const byTier = (name: string) => ({
    free: buildPolicy(`${name}-free`),
    pro: buildPolicy(`${name}-pro`),
    enterprise: buildPolicy(`${name}-enterprise`),
  });
  return {
    default: buildPolicy('default'),
    register: buildPolicy('register'),
    login: buildPolicy('login'),
    export: buildPolicy('export'),
    invite: buildPolicy('invite'),
    webhook: buildPolicy('webhook'),
    chat: byTier('chat'),
    'chat-stream': byTier('chat-stream'),
    ...changes,
  };
}

/** The HTTP server with every stage, open to anybody, without limits that a test would meet. */
export async function buildHttpApp(options: TestHttpOptions = {}): Promise<TestHttpApp> {
  const metrics = createMetrics();
  const logLines: LogLine[] = [];
  const app = await createHttpApp({
    metrics,
    logger: createLogger({ level: 'debug', format: 'json', destination: collectLines(logLines) }),
    renderMetrics: () => metrics.registry.metrics(),
    checks: [],
    rateLimiter: {
      consume: async ({ windows: [window] }) => {
        if (!window) throw new Error('A policy has a window');
        return { isAllowed: true, window, remaining: window.limit - 1, resetSeconds: 60 };
      },
      close: async () => {},
    },
    ratePolicies: buildPolicies(),
    authenticate: async () => buildActor(),
    revalidate: async () => {},
    idempotencyOf: () => {
      throw new Error('This test keeps no idempotent answers');
    },
    ...options,
    settings: {
      version: '1.2.3',
      isSecure: false,
      publicUrl: 'http://localhost:8000',
      corsOrigins: [],
      trustProxy: false,
      bodyLimitBytes: 1_048_576,
      responseEnvelope: 'none',
      areDocsEnabled: false,
      metricsToken: undefined,
      ...options.settings,
    },
  });
  return { app, metrics, logLines };
}

function collectLines(lines: LogLine[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const text of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(text));
      done();
    },
  });
}
