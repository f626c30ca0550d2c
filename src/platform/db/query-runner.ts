import type { CompiledQuery, QueryResult } from 'kysely';
import type pg from 'pg';
import { createPreparedStatements } from './prepared-statements.ts';
import { ScopedQuery, type Preamble, type ScopedQueryConfig } from './scoped-query.ts';
import { createStatementNames, type StatementMetrics } from './statement-names.ts';
import { createValueParsers } from './value-parsers.ts';

const MAX_PREPARED_PER_CONNECTION = 250;

export type QueryRunner = <Row>(
  client: pg.ClientBase,
  request: { readonly query: CompiledQuery; readonly preamble: readonly Preamble[] },
) => Promise<QueryResult<Row>>;

/** Runs statements prepared by name, each with what has to precede it, and measures them. */
export function createQueryRunner(metrics: StatementMetrics): QueryRunner {
  const statementOf = createStatementNames(metrics);
  const types = createValueParsers();
  const prepared = createPreparedStatements(MAX_PREPARED_PER_CONNECTION);

  return async (client, { query, preamble }) => {
    const statement = statementOf(query);
    const startedAt = performance.now();
    try {
      const { rows, rowCount } = await submit(client, {
        name: statement.name,
        text: query.sql,
        values: [...query.parameters],
        types,
        preamble,
        prepared,
      });
      return { rows, numAffectedRows: BigInt(rowCount ?? 0) };
    } finally {
      statement.observe((performance.now() - startedAt) / 1000);
    }
  };
}

function submit(client: pg.ClientBase, config: ScopedQueryConfig): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    const query = new ScopedQuery(config);
    query.callback = (error, result) => (result ? resolve(result) : reject(error));
    client.query(query);
  });
}
