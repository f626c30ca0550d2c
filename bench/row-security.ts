import pg from 'pg';
import { createProjectsRepository } from '../src/modules/projects/projects.repository.ts';
import { createDatabase } from '../src/platform/db/create-database.ts';
import type { Queries } from '../src/platform/db/database.ts';
import { createLogger } from '../src/platform/telemetry/logger.ts';
import { createMetrics } from '../src/platform/telemetry/metrics.ts';
import type { BenchAccount } from './sign-up.ts';
import { quantile } from './quantile.ts';

/** One statement's time with row-level security and its scope, and without either. */
export type RowSecurityRow = {
  readonly name: string;
  readonly withMicros: number;
  readonly withoutMicros: number;
};

/** Many short ones, since the time of a statement drifts with where the two processes happen to run. */
const ROUNDS = 60;
const STATEMENTS_A_ROUND = 60;
/** The first ones make their plans anew. */
const WARM_UPS = 15;
const LISTING = {
  page: 1,
  pageSize: 20,
  isDeleted: false,
  sort: { column: 'created_at', direction: 'desc' },
} as const;

/** Runs the service's own statements, one at a time, in alternation with the guard on and off. */
export async function measureRowSecurity(
  databaseUrl: string,
  { teamId, projectId }: BenchAccount,
): Promise<readonly RowSecurityRow[]> {
  const logger = createLogger({ level: 'silent', format: 'json' });
  const database = await createDatabase(
    { kind: 'server', url: databaseUrl, poolSize: 1, statementTimeoutMs: 30_000 },
    { logger, metrics: createMetrics() },
  );
  const owner = new pg.Client(databaseUrl);
  await owner.connect();
  const switchGuard = (state: 'enable' | 'disable') =>
    owner.query(`alter table projects ${state} row level security`);
  const cases = [
    {
      name: 'read a project',
      run: (queries: Queries) => createProjectsRepository(queries).find(projectId),
    },
    {
      name: 'list 20 of 1000 projects',
      run: (queries: Queries) => createProjectsRepository(queries).list(teamId, LISTING),
    },
  ];
  try {
    const rows = [];
    for (const { name, run } of cases) {
      const guarded: number[] = [];
      const bare: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        await switchGuard('enable');
        guarded.push(...(await microsOfEach(() => run(database.forTeam(teamId)))));
        await switchGuard('disable');
        bare.push(...(await microsOfEach(() => run(database.unscoped()))));
      }
      rows.push({ name, withMicros: quantile(guarded, 0.5), withoutMicros: quantile(bare, 0.5) });
    }
    return rows;
  } finally {
    await switchGuard('enable');
    await owner.end();
    await database.close();
  }
}

async function microsOfEach(run: () => Promise<unknown>): Promise<readonly number[]> {
  for (let index = 0; index < WARM_UPS; index += 1) await run();
  const micros = [];
  for (let index = 0; index < STATEMENTS_A_ROUND; index += 1) {
    const startedAt = performance.now();
    await run();
    micros.push((performance.now() - startedAt) * 1000);
  }
  return micros;
}
