export { createIdentityModule, type IdentitySettings } from './identity.module.ts';
export { assertAdministrator } from './administration/administration.policy.ts';
export { auditedActor, type AuditEntry, type AuditWriter } from './audit/audit-entry.ts';
export type { AuditLogService } from './audit/audit-log.service.ts';
export type { AdministeredUser } from './administration/administered-user.ts';
export type {
  ImpersonationService,
  Impersonation,
} from './administration/impersonation.service.ts';
export type {
  UserAdministration,
  UserChanges,
} from './administration/user-administration.service.ts';
export type { UserService } from './users/users.service.ts';
export type { ExportEntry, ExportSubject, UserExporter } from './account-export/user-exporter.ts';
export { createOwnRowsEraser, createOwnRowsExporter } from './erasure/own-rows.ts';
export type { ErasureService } from './erasure/erasure.service.ts';
export {
  NOTHING,
  type ErasureTally,
  type Leaver,
  type Pace,
  type UserEraser,
} from './erasure/user-eraser.ts';
