import { currentContext } from '#platform/telemetry/request-context';
import { newId } from '#shared/ids';
import type { AuditOutcome, NewAuditEntry } from './audit-entry.ts';

/** An entry as it is stored. */
export type AuditRow = {
  readonly id: string;
  readonly actor_id: string | null;
  readonly impersonator_id: string | null;
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly target_type: string | null;
  readonly target_id: string | null;
  readonly before: string | null;
  readonly after: string | null;
  readonly ip: string | null;
  readonly trace_id: string | null;
};

/** Where it came from and its trace are those of the request or job in progress. */
export function auditRowOf(entry: NewAuditEntry): AuditRow {
  const context = currentContext();
  return {
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
  };
}

function jsonOf(value: NewAuditEntry['before']): string | null {
  return value === undefined ? null : JSON.stringify(value);
}
