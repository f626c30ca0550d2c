import type { CompiledQuery, QueryResult } from 'kysely';
import type pg from 'pg';
import type { Queries, Scope } from './database.ts';
import { createQueries, oneByOne } from './queries.ts';
import type { QueryRunner } from './query-runner.ts';
import { BEGIN, scopePreamble, type Preamble } from './scoped-query.ts';

type OpenTransaction = {
  /** False once its work is done: whatever still comes is refused. */
  isOpen: boolean;
  readonly queries: Queries;
  commit(): Promise<void>;
  rollback(): Promise<void>;
};

/** A transaction on one connection. It begins with its first statement, in the same batch. */
export function openTransaction(
  client: pg.ClientBase,
  { scope, runQuery }: { readonly scope: Scope; readonly runQuery: QueryRunner },
): OpenTransaction {
  let opening: readonly Preamble[] | undefined = [BEGIN, ...scopePreamble(scope)];
  let last: Promise<unknown> = Promise.resolve();

  /** A connection takes one statement at a time, also from callers that do not wait for each other. */
  function executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (!transaction.isOpen)
      throw new Error('The transaction is over: its queries cannot be used any more');
    const preamble = opening ?? [];
    opening = undefined;
    const answer = last.then(() => runQuery<Row>(client, { query, preamble }));
    last = answer.catch(() => {});
    return answer;
  }

  const transaction: OpenTransaction = {
    isOpen: true,
    queries: createQueries((work) => work(oneByOne(executeQuery))),
    async commit() {
      await last;
      transaction.isOpen = false;
      if (opening) return;
      const { command } = await client.query({ name: 'commit', text: 'commit' });
      // Postgres answers so when a statement failed, even if its failure was caught.
      if (command === 'ROLLBACK')
        throw new Error('The transaction was rolled back, since a statement in it failed');
    },
    async rollback() {
      await last;
      transaction.isOpen = false;
      if (!opening) await client.query('rollback');
    },
  };
  return transaction;
}
