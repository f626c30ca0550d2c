import type { Kysely } from 'kysely';
import type { TeamId } from '#shared/ids';
import type { DB } from './schema.generated.ts';

/** A query builder whose every statement runs in one scope; a transaction's is one of these too. */
export type Queries = Kysely<DB>;

/**
 * Which tenant rows a statement may see. Row-level security enforces it in the database:
 * `none` sees no tenant row at all, `team` those of one team, `system` all (sweeps and sign-in only).
 */
export type Scope =
  | { readonly kind: 'none' }
  | { readonly kind: 'team'; readonly teamId: TeamId }
  | { readonly kind: 'system' };

export interface Database {
  /** Rows of one team. */
  forTeam(teamId: TeamId): Queries;
  /** Tables without a tenant; tenant tables look empty. */
  unscoped(): Queries;
  /** Every tenant's rows: for sweeps, jobs that start from an id, and sign-in. */
  forSystem(): Queries;
  /**
   * Runs `work` in one short transaction; forced rollbacks (40001, 40P01) are retried at most three times.
   * A query outside `queries` while it is open is a programming error and throws.
   */
  transaction<T>(scope: Scope, work: (queries: Queries) => Promise<T>): Promise<T>;
  /** Throws unless the database answers within the timeout. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

export type UnitOfWork<Repositories> = {
  run<T>(scope: Scope, work: (repositories: Repositories) => Promise<T>): Promise<T>;
};

/** Binds a module's repositories to each transaction, so that nobody forgets to pass it. */
export function createUnitOfWork<Repositories>(
  database: Database,
  bind: (queries: Queries) => Repositories,
): UnitOfWork<Repositories> {
  return { run: (scope, work) => database.transaction(scope, (queries) => work(bind(queries))) };
}

export function teamScope(teamId: TeamId): Scope {
  return { kind: 'team', teamId };
}
