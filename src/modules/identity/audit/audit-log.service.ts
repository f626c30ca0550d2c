import type { Clock } from '#platform/clock/clock';
import type { Actor } from '#shared/actor';
import type { Page } from '#shared/page';
import { assertAdministrator } from '../administration/administration.policy.ts';
import type { AuditEntry } from './audit-entry.ts';
import type { AuditListing, AuditLogRepository } from './audit-log.repository.ts';

export type AuditLogServiceDependencies = {
  readonly auditLog: () => Pick<AuditLogRepository, 'list' | 'deleteBefore'>;
  readonly clock: Clock;
  readonly retentionDays: number;
};

const DAY_MS = 86_400_000;
const PURGE_BATCH = 1000;

export type AuditLogService = ReturnType<typeof createAuditLogService>;

export function createAuditLogService(dependencies: AuditLogServiceDependencies) {
  const { auditLog, clock, retentionDays } = dependencies;
  return {
    /** @throws FORBIDDEN for everybody but administrators */
    async list(actor: Actor, listing: AuditListing): Promise<Page<AuditEntry>> {
      assertAdministrator(actor);
      return auditLog().list(listing);
    },

    /** Deletes what is older than the retention, in small steps; returns how many entries went. */
    async purgeExpired(): Promise<number> {
      const before = new Date(clock.now().getTime() - retentionDays * DAY_MS);
      let total = 0;
      let deleted: number;
      do {
        deleted = await auditLog().deleteBefore(before, PURGE_BATCH);
        total += deleted;
      } while (deleted === PURGE_BATCH);
      return total;
    },
  };
}
