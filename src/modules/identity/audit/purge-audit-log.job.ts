import { z } from 'zod';
import type { JobDefinition, JobQueue } from '#platform/queue/job-queue';
import type { AuditLogService } from './audit-log.service.ts';

const purgeAuditLog: JobDefinition<Record<string, never>> = {
  name: 'purge-audit-log',
  payload: z.strictObject({}),
  attempts: 3,
  retryDelaySeconds: 60,
  timeoutSeconds: 600,
  concurrency: 1,
  schedule: '17 3 * * *',
};

/** Idempotent: it deletes what is too old now, and a second run finds less. */
export function registerPurgeAuditLog(
  queue: JobQueue,
  { auditLog }: { auditLog: AuditLogService },
): void {
  queue.register(purgeAuditLog, async () => {
    await auditLog.purgeExpired();
  });
}
