import type { AuditLogService, ImpersonationService, UserAdministration } from '#modules/identity';
import type { App } from '#platform/http/app';
import { registerAuditLogRoutes } from './audit-log/audit-log.routes.ts';
import { registerUserRoutes } from './users/users.routes.ts';

export type AdminModuleDependencies = {
  readonly users: UserAdministration;
  readonly impersonation: ImpersonationService;
  readonly auditLog: AuditLogService;
};

/** The operators' side: what only administrators reach. */
export function createAdminModule(dependencies: AdminModuleDependencies) {
  return {
    registerRoutes(app: App): void {
      registerUserRoutes(app, dependencies);
      registerAuditLogRoutes(app, dependencies);
    },
  };
}
