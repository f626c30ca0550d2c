import type pg from 'pg';
import { preparePreambles } from './scoped-query.ts';
import { enterServiceRole } from './service-role.ts';

export type SessionSettings = {
  /** A statement that runs longer is cancelled by the server; 0 is no limit. */
  readonly statementTimeoutMs: number;
};

/** Nearest vectors that an index of pgvector looks at in a step; with a filter it goes on until enough pass. */
const VECTORS_A_STEP = 200;

/**
 * Makes a new connection ready for the service: UTC, limits, no compilation of statements (which takes longer than
 * any statement of ours runs), the service's role, prepared scopes.
 */
export async function prepareSession(
  client: pg.ClientBase,
  settings: SessionSettings,
): Promise<void> {
  await client.query(
    `select set_config('timezone', 'UTC', false), set_config('datestyle', 'ISO', false),
            set_config('jit', 'off', false), set_config('statement_timeout', $1, false),
            set_config('hnsw.iterative_scan', 'strict_order', false), set_config('hnsw.ef_search', $3, false),
            set_config('idle_in_transaction_session_timeout', $2, false)`,
    [
      String(settings.statementTimeoutMs),
      String(settings.statementTimeoutMs * 2),
      String(VECTORS_A_STEP),
    ],
  );
  await enterServiceRole(client);
  await preparePreambles(client);
}
