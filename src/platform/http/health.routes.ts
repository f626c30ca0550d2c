import { z } from 'zod';
import { AppError } from '#platform/errors/app-error';
import type { App } from './route-contract.ts';

/** Something the service needs; `check` throws when it does not work. */
export type HealthCheck = {
  readonly name: string;
  /** Without a required part the service is not ready; without another it only does less. */
  readonly isRequired: boolean;
  check(): Promise<void>;
};

export type HealthRoutesDependencies = {
  readonly checks: readonly HealthCheck[];
  readonly isDraining: () => boolean;
  /** The metrics in Prometheus' text form. */
  readonly renderMetrics: () => Promise<string>;
};

const CHECK_TIMEOUT_MS = 2000;
/** Many probes at once cost one round of checks. */
const REUSE_MS = 500;

const Alive = z.object({ status: z.literal('ok') }).meta({ id: 'Alive' });
const CheckResult = z
  .object({ name: z.string(), state: z.enum(['up', 'down']), latency_ms: z.number() })
  .meta({ id: 'CheckResult' });
const Readiness = z
  .object({ status: z.enum(['ready', 'degraded']), checks: z.array(CheckResult) })
  .meta({ id: 'Readiness' });

type CheckOutcome = z.infer<typeof CheckResult> & { readonly isRequired: boolean };

const probe = { access: 'public', isProbe: true } as const;
const tags = ['health'];
const alive = { summary: 'Whether the process runs', tags, response: { 200: Alive } };
const health = { schema: { operationId: 'getHealth', ...alive }, config: probe };
const live = { schema: { operationId: 'getLiveness', ...alive }, config: probe };
const ready = {
  schema: {
    operationId: 'getReadiness',
    summary: 'Whether the service can do its work, each dependency with its state and latency',
    tags,
    response: { 200: Readiness },
  },
  config: probe,
};
const metrics = {
  schema: {
    operationId: 'getMetrics',
    summary: 'Metrics for Prometheus',
    tags,
    response: {
      200: {
        description: 'Prometheus text format',
        content: { 'text/plain': { schema: z.string() } },
      },
    },
  },
  config: { access: 'metrics', isProbe: true } as const,
};

export function registerHealthRoutes(app: App, dependencies: HealthRoutesDependencies): void {
  const { checks, isDraining, renderMetrics } = dependencies;
  const runChecks = createCheckRunner(checks);

  app.get('/health', health, () => ({ status: 'ok' as const }));
  app.get('/health/live', live, () => ({ status: 'ok' as const }));

  app.get('/health/ready', ready, async () => {
    if (isDraining()) throw new AppError('unavailable', 'Shutting down', { reason: 'draining' });
    const outcomes = await runChecks();
    const results = outcomes.map(({ name, state, latency_ms }) => ({ name, state, latency_ms }));
    const down = outcomes.filter(({ state }) => state === 'down');
    if (down.some(({ isRequired }) => isRequired)) {
      const names = down.map(({ name }) => name).join(', ');
      const details = { checks: results };
      throw new AppError('unavailable', `Not working: ${names}`, { reason: 'not_ready', details });
    }
    return {
      status: down.length > 0 ? ('degraded' as const) : ('ready' as const),
      checks: results,
    };
  });

  app.get('/metrics', metrics, async (_request, reply) => {
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    return renderMetrics();
  });
}

function createCheckRunner(checks: readonly HealthCheck[]): () => Promise<CheckOutcome[]> {
  let latest: { readonly outcomes: Promise<CheckOutcome[]>; readonly at: number } | undefined;
  return () => {
    if (!latest || performance.now() - latest.at > REUSE_MS) {
      latest = { outcomes: Promise.all(checks.map(runCheck)), at: performance.now() };
    }
    return latest.outcomes;
  };
}

async function runCheck(check: HealthCheck): Promise<CheckOutcome> {
  const startedAt = performance.now();
  const isUp = await settlesInTime(check);
  return {
    name: check.name,
    isRequired: check.isRequired,
    state: isUp ? 'up' : 'down',
    latency_ms: Math.round(performance.now() - startedAt),
  };
}

async function settlesInTime(check: HealthCheck): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), CHECK_TIMEOUT_MS);
  const done = check.check().then(
    () => true,
    () => false,
  );
  const isUp = await Promise.race([done, late]);
  clearTimeout(timer);
  return isUp;
}
