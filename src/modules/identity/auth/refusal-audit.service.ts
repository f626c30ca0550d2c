import { hash } from 'node:crypto';
import type { Cache } from '#platform/cache/cache';
import type { UserId } from '#shared/ids';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import { signInEntry } from './sign-in-entry.ts';
import type { FailureReason } from './unauthenticated.ts';

export type RefusedLogin = {
  readonly email: EmailAddress;
  /** Absent where no account has the address; the same is done for both, so that both take the same time. */
  readonly userId: UserId | undefined;
  readonly reason: FailureReason;
};

export type RefusalAuditDependencies = {
  readonly auditLog: () => Pick<AuditLogRepository, 'insert'>;
  readonly cache: Pick<Cache, 'getOrLoad'>;
};

/** As long as the guard may keep an account blocked. */
const BLOCK_SECONDS = 900;

export type RefusalAudit = ReturnType<typeof createRefusalAudit>;

/**
 * Keeps failed sign-ins in the audit log. Guesses at one account are few before it is blocked, and a block
 * has one entry however long they go on, so that a flood does not fill the table.
 */
export function createRefusalAudit({ auditLog, cache }: RefusalAuditDependencies) {
  return {
    async loginRefused({ email, userId, reason }: RefusedLogin): Promise<void> {
      const insert = () => auditLog().insert(signInEntry('login', { userId }, reason));
      if (reason !== 'too_many_attempts') return insert();
      await cache.getOrLoad(blockKey(email), BLOCK_SECONDS, async () => {
        await insert();
        return true;
      });
    },
  };
}

function blockKey(email: EmailAddress): string {
  return `identity:audited-block:${hash('sha256', email, 'base64url')}`;
}
