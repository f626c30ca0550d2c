import type { Actor } from '#shared/actor';
import type { AuditEntryId, UserId } from '#shared/ids';

/** Noun and act, such as `user.deactivated`; the list grows with what is privileged. */
export type AuditAction = `${string}.${string}`;

export type AuditOutcome = 'success' | 'failure';

export type NewAuditEntry = {
  /** Null for nobody signed in, and for the service itself. */
  readonly actorId: UserId | null;
  readonly impersonatorId?: UserId | undefined;
  readonly action: AuditAction;
  readonly outcome?: AuditOutcome;
  readonly reason?: string;
  readonly target?: { readonly type: string; readonly id: string };
  /** The members that changed, never a secret. */
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
};

/** An entry as it was kept. */
export type AuditEntry = {
  readonly id: AuditEntryId;
  readonly actorId: UserId | null;
  readonly impersonatorId: UserId | null;
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly reason: string | null;
  readonly targetType: string | null;
  readonly targetId: string | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly ip: string | null;
  readonly traceId: string | null;
  readonly createdAt: string;
};

/** Adds entries in the transaction of the act that they tell of. */
export type AuditWriter = { insert(entry: NewAuditEntry): Promise<void> };

/** An entry's first half: who did it, and who in their name. */
export function auditedActor({ userId, credential }: Actor) {
  return {
    actorId: userId,
    impersonatorId: credential.kind === 'session' ? credential.impersonatorId : undefined,
  };
}
