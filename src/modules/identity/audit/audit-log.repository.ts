import type { Queries } from '#platform/db/database';
import { currentContext } from '#platform/telemetry/request-context';
import { newId } from '#shared/ids';
import type { NewAuditEntry } from './audit-entry.ts';

export type AuditLogRepository = ReturnType<typeof createAuditLogRepository>;

/** Needs no scope: the table has no tenant, and only administrators read it. */
export function createAuditLogRepository(queries: Queries) {
  return {
    /** Where it came from and its trace are those of the request or job in progress. */
    async insert(entry: NewAuditEntry): Promise<void> {
      const context = currentContext();
      await queries
        .insertInto('audit_log')
        .values({
          id: newId(),
          actor_id: entry.actorId,
          impersonator_id: entry.impersonatorId ?? null,
          action: entry.action,
          outcome: entry.outcome ?? 'success',
          reason: entry.reason ?? null,
          target_type: entry.target?.type ?? null,
          target_id: entry.target?.id ?? null,
          before: jsonOf(entry.before),
          after: jsonOf(entry.after),
          ip: context?.ip ?? null,
          trace_id: context?.traceId ?? null,
        })
        .execute();
    },
  };
}

function jsonOf(value: NewAuditEntry['before']): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
