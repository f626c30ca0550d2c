import type { Actor } from '#shared/actor';
import type { UserId } from '#shared/ids';

/** Noun and act, such as `user.deactivated`; the list grows with what is privileged. */
export type AuditAction = `${string}.${string}`;

export type NewAuditEntry = {
  /** Null for nobody signed in, and for the service itself. */
  readonly actorId: UserId | null;
  readonly impersonatorId?: UserId | undefined;
  readonly action: AuditAction;
  readonly outcome?: 'success' | 'failure';
  readonly reason?: string;
  readonly target?: { readonly type: string; readonly id: string };
  /** The members that changed, never a secret. */
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
};

/** An entry's first half: who did it, and who in their name. */
export function auditedActor({ userId, credential }: Actor) {
  return {
    actorId: userId,
    impersonatorId: credential.kind === 'session' ? credential.impersonatorId : undefined,
  };
}
