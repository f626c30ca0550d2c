import { sql } from 'kysely';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { AuditEntryId, UserId } from '#shared/ids';
import { pageOffset, type Page, type PageRequest } from '#shared/page';
import type { AuditEntry, AuditOutcome, NewAuditEntry } from './audit-entry.ts';
import { auditRowOf, type AuditRow } from './audit-row.ts';

/** Each member that is there narrows the list. */
export type AuditFilter = {
  readonly actorId?: UserId | undefined;
  /** What the action begins with. */
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
  readonly targetType?: string | undefined;
  readonly targetId?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export type AuditListing = PageRequest &
  AuditFilter & {
    /** Lists the entries older than this one instead of by pages. */
    readonly after?: AuditEntryId | undefined;
  };

const COLUMNS = [
  'id',
  'actor_id as actorId',
  'impersonator_id as impersonatorId',
  'action',
  'outcome',
  'reason',
  'target_type as targetType',
  'target_id as targetId',
  'before',
  'after',
  'ip',
  'trace_id as traceId',
  'created_at as createdAt',
] as const;

/** Counting further would read the whole table for one page. */
const MAX_COUNTED_ENTRIES = 10_000;
/** Sorts after every character of an action. */
const LAST_CHARACTER = '~';

const insertEntry = compileOnce<AuditRow, unknown>((queries, valueOf) =>
  queries.insertInto('audit_log').values({
    id: valueOf('id'),
    actor_id: valueOf('actor_id'),
    impersonator_id: valueOf('impersonator_id'),
    action: valueOf('action'),
    outcome: valueOf('outcome'),
    reason: valueOf('reason'),
    target_type: valueOf('target_type'),
    target_id: valueOf('target_id'),
    before: valueOf('before'),
    after: valueOf('after'),
    ip: valueOf('ip'),
    trace_id: valueOf('trace_id'),
  }),
);

export type AuditLogRepository = ReturnType<typeof createAuditLogRepository>;

/** Needs no scope: the table has no tenant, and only administrators read it. */
export function createAuditLogRepository(queries: Queries) {
  return {
    async insert(entry: NewAuditEntry): Promise<void> {
      await insertEntry(queries, auditRowOf(entry));
    },

    /** Youngest first. The total is counted up to `MAX_COUNTED_ENTRIES`. */
    async list({ page, pageSize, after, ...filter }: AuditListing): Promise<Page<AuditEntry>> {
      const matching = select(queries, filter);
      const items = await matching
        .select(COLUMNS)
        .$if(after !== undefined, (query) =>
          query.where(
            sql<boolean>`(created_at, id) < (select created_at, id from audit_log where id = ${after ?? null})`,
          ),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(pageSize)
        .offset(after === undefined ? pageOffset({ page, pageSize }) : 0)
        .$castTo<AuditEntry>()
        .execute();
      const counted = matching.select('id').limit(MAX_COUNTED_ENTRIES).as('counted');
      const { total } = await queries
        .selectFrom(counted)
        .select((row) => row.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      return { items, total, page, pageSize };
    },

    /** Deletes at most `limit` entries made before the given time; returns how many. */
    async deleteBefore(before: Date, limit: number): Promise<number> {
      const old = queries
        .selectFrom('audit_log')
        .select('id')
        .where('created_at', '<', before.toISOString())
        .orderBy('created_at')
        .limit(limit);
      const result = await queries
        .deleteFrom('audit_log')
        .where('id', 'in', old)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function select(queries: Queries, filter: AuditFilter) {
  const { actorId, action, outcome, targetType, targetId, from, to } = filter;
  let matching = queries.selectFrom('audit_log');
  if (actorId !== undefined) matching = matching.where('actor_id', '=', actorId);
  if (action !== undefined) {
    // With these operators a parameter can be looked up in the index, which `like` could not.
    matching = matching
      .where(sql<boolean>`action ~>=~ ${action}`)
      .where(sql<boolean>`action ~<~ ${action + LAST_CHARACTER}`);
  }
  if (outcome !== undefined) matching = matching.where('outcome', '=', outcome);
  if (targetType !== undefined) matching = matching.where('target_type', '=', targetType);
  if (targetId !== undefined) matching = matching.where('target_id', '=', targetId);
  if (from !== undefined) matching = matching.where('created_at', '>=', from);
  if (to !== undefined) matching = matching.where('created_at', '<', to);
  return matching;
}
