import type { NewAuditEntry } from '../audit/audit-entry.ts';
import type { AuthEvent, AuthSubject } from './auth-log.ts';
import type { FailureReason } from './unauthenticated.ts';

/** Asked of somebody who is signed in. */
const BY_USER: ReadonlySet<AuthEvent> = new Set([
  'password_change',
  'email_change',
  'account_erasure',
]);

/** What the audit log keeps of a sign-in event: never the address that was typed, which may be a password. */
export function signInEntry(
  event: AuthEvent,
  { userId, authSessionId, impersonatorId }: AuthSubject,
  reason?: FailureReason,
): NewAuditEntry {
  return {
    // Whoever failed to sign in, or brought a used token, is not known to be that user.
    actorId: reason === undefined || BY_USER.has(event) ? (userId ?? null) : null,
    impersonatorId,
    action: `auth.${event}`,
    ...(reason && { outcome: 'failure', reason }),
    ...(userId && { target: { type: 'user', id: userId } }),
    ...(authSessionId && { after: { auth_session_id: authSessionId } }),
  };
}
