import type { AuditLogService } from '#modules/identity';
import type { App } from '#platform/http/app';
import { pageRequest } from '#platform/http/schema-parts';
import { AuditLogFilter, AuditLogResponse, presentAuditLog } from './audit-log.schemas.ts';

const listAuditLog = {
  schema: {
    operationId: 'listAuditLog',
    summary: 'List privileged acts and sign-in events, youngest first',
    tags: ['admin'],
    querystring: AuditLogFilter,
    response: { 200: AuditLogResponse },
  },
  config: { access: 'admin' },
} as const;

export function registerAuditLogRoutes(
  app: App,
  { auditLog }: { auditLog: AuditLogService },
): void {
  app.get('/admin/audit-log', listAuditLog, async (request) => {
    const { cursor, actor_id, target_type, target_id, ...query } = request.query;
    const listing = {
      ...pageRequest(query),
      after: cursor,
      actorId: actor_id,
      action: query.action,
      outcome: query.outcome,
      targetType: target_type,
      targetId: target_id,
      from: query.from,
      to: query.to,
    };
    return presentAuditLog(await auditLog.list(request.actor, listing));
  });
}
