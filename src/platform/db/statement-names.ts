import { hash } from 'node:crypto';
import { AliasNode, TableNode, type CompiledQuery, type OperationNode } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Metrics } from '#platform/telemetry/metrics';

export type StatementMetrics = Pick<Metrics, 'dbQueriesTotal' | 'dbQueryDurationSeconds'>;

export type Statement = {
  /** Names the prepared statement: the same text has the same name on every connection. */
  readonly name: string;
  /** Counts one run of the statement. */
  observe(durationSeconds: number): void;
};

const MAX_STATEMENTS = 1000;
const NAME_LENGTH = 24;

/** Knows each statement by its text, so that naming and labelling it is done once. */
export function createStatementNames(
  metrics: StatementMetrics,
): (query: CompiledQuery) => Statement {
  const known = new LRUCache<string, Statement>({ max: MAX_STATEMENTS });

  return (query) => {
    const found = known.get(query.sql);
    if (found) return found;
    const statement = describeStatement(query, metrics);
    known.set(query.sql, statement);
    return statement;
  };
}

function describeStatement({ sql, query }: CompiledQuery, metrics: StatementMetrics): Statement {
  const labels = { operation: operationOf(query), table: tableOf(query) };
  const count = metrics.dbQueriesTotal.labels(labels);
  const duration = metrics.dbQueryDurationSeconds.labels(labels);
  return {
    name: hash('sha256', sql, 'base64url').slice(0, NAME_LENGTH),
    observe(durationSeconds) {
      count.inc();
      duration.observe(durationSeconds);
    },
  };
}

const OPERATIONS: Readonly<Record<string, string>> = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
  MergeQueryNode: 'merge',
};

function operationOf(node: CompiledQuery['query']): string {
  return OPERATIONS[node.kind] ?? 'other';
}

function tableOf(node: CompiledQuery['query']): string {
  switch (node.kind) {
    case 'SelectQueryNode':
    case 'DeleteQueryNode':
      return tableName(node.from?.froms[0]);
    case 'InsertQueryNode':
    case 'MergeQueryNode':
      return tableName(node.into);
    case 'UpdateQueryNode':
      return tableName(node.table);
    default:
      return 'none';
  }
}

function tableName(node: OperationNode | undefined): string {
  if (node === undefined) return 'none';
  if (AliasNode.is(node)) return tableName(node.node);
  return TableNode.is(node) ? node.table.identifier.name : 'none';
}
