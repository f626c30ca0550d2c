import type { AuditLogService, UserAdministration } from '#modules/identity';
import type { App } from '#platform/http/app';
import { registerAuditLogRoutes } from './audit-log/audit-log.routes.ts';
import { registerUserRoutes } from './users/users.routes.ts';

export type AdminModuleDependencies = {
  readonly users: UserAdministration;
  readonly auditLog: AuditLogService;
};

/** The operators' side: what only administrators reach. */
export function createAdminModule({ users, auditLog }: AdminModuleDependencies) {
  return {
    registerRoutes(app: App): void {
      registerUserRoutes(app, { users });
      registerAuditLogRoutes(app, { auditLog });
    },
  };
}
