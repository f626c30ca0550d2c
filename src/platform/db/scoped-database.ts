import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#platform/errors/app-error';
import type { Metrics } from '#platform/telemetry/metrics';
import type { Database, Queries, Scope } from './database.ts';
import type { DatabaseEngine } from './engine.ts';
import { createLender } from './lender.ts';
import { createQueries, oneByOne } from './queries.ts';
import { createQueryRunner } from './query-runner.ts';
import { scopePreamble } from './scoped-query.ts';
import { createTransactionContext } from './transaction-context.ts';
import { createTransactions } from './transactions.ts';

const LATE = Symbol('late');

type Dependencies = {
  readonly metrics: Pick<Metrics, 'dbQueriesTotal' | 'dbQueryDurationSeconds'>;
};

/** Puts scopes, transactions, measurement and our errors on top of a running Postgres. */
export function createScopedDatabase(engine: DatabaseEngine, { metrics }: Dependencies): Database {
  const context = createTransactionContext();
  const runQuery = createQueryRunner(metrics);
  const lend = createLender(engine.pool, context);
  const unscoped = queriesIn({ kind: 'none' });
  const systemWide = queriesIn({ kind: 'system' });

  function queriesIn(scope: Scope): Queries {
    const preamble = scopePreamble(scope);
    return createQueries((work) =>
      lend((client) => work(oneByOne((query) => runQuery(client, { query, preamble })))),
    );
  }

  return {
    forTeam: (teamId) => queriesIn({ kind: 'team', teamId }),
    unscoped: () => unscoped,
    forSystem: () => systemWide,
    transaction: createTransactions({ lend, runQuery, context }),
    async ping(timeoutMs) {
      const answer = lend((client) => client.query('select 1'));
      const isLate = sleep(timeoutMs, LATE, { ref: false });
      if ((await Promise.race([answer, isLate])) === LATE) {
        throw new AppError('unavailable', 'The database does not answer', {
          reason: 'database_unavailable',
          retryable: true,
        });
      }
    },
    close: () => engine.close(),
  };
}
