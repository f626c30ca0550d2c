import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Queries, Scope } from './database.ts';
import { isConnectionBroken, isForcedRollback } from './error-translation.ts';
import type { Lender } from './lender.ts';
import type { QueryRunner } from './query-runner.ts';
import { openTransaction } from './open-transaction.ts';
import type { TransactionContext } from './transaction-context.ts';

type Dependencies = {
  readonly lend: Lender;
  readonly runQuery: QueryRunner;
  readonly context: TransactionContext;
};

export type RunTransaction = <T>(
  scope: Scope,
  work: (queries: Queries) => Promise<T>,
) => Promise<T>;

const MAX_RETRIES = 3;
const RETRY_DELAY_MS = 20;

/** Runs transactions, and runs those again that the server rolled back to resolve a conflict. */
export function createTransactions({ lend, runQuery, context }: Dependencies): RunTransaction {
  return async (scope, work) => {
    for (let retry = 0; ; retry += 1) {
      try {
        return await lend((client) => runOnce(client, scope, work));
      } catch (error) {
        if (retry === MAX_RETRIES || !isForcedRollback(error)) throw error;
      }
      await sleep(RETRY_DELAY_MS * 2 ** retry * (0.5 + Math.random()));
    }
  };

  async function runOnce<T>(
    client: pg.ClientBase,
    scope: Scope,
    work: (queries: Queries) => Promise<T>,
  ): Promise<T> {
    const transaction = openTransaction(client, { scope, runQuery });
    try {
      const result = await context.run(transaction, () => work(transaction.queries));
      await transaction.commit();
      return result;
    } catch (error) {
      if (!isConnectionBroken(error)) await transaction.rollback();
      throw error;
    } finally {
      transaction.isOpen = false;
    }
  }
}
