import type { Clock } from '#platform/clock/clock';
import type { OneTimeTokensRepository } from '../one-time-tokens/one-time-tokens.repository.ts';
import type { AuthSessionsRepository } from './auth-sessions.repository.ts';
import type { RefreshTokensRepository } from './refresh-tokens.repository.ts';
import type { SignInAttemptsRepository } from './sign-in-attempts.repository.ts';

export type AuthCleanupDependencies = {
  readonly authSessions: () => Pick<AuthSessionsRepository, 'deleteEnded'>;
  readonly refreshTokens: () => Pick<RefreshTokensRepository, 'deleteExpired'>;
  readonly oneTimeTokens: () => Pick<OneTimeTokensRepository, 'deleteExpired'>;
  readonly signInAttempts: () => Pick<SignInAttemptsRepository, 'deleteExpired'>;
  readonly clock: Clock;
};

/** A revoked session stays for as long as somebody may ask why it ended. */
const REVOKED_KEPT_MS = 7 * 86_400_000;
/** A mailed token stays for as long as it counts against the mails to its address. */
const TOKEN_KEPT_MS = 86_400_000;
const BATCH = 1000;

export type AuthCleanupService = ReturnType<typeof createAuthCleanupService>;

export function createAuthCleanupService(dependencies: AuthCleanupDependencies) {
  const { authSessions, refreshTokens, oneTimeTokens, signInAttempts, clock } = dependencies;
  return {
    /** Deletes what no sign-in needs any more, in small steps; returns how many sessions went. */
    async purgeExpiredSessions(): Promise<number> {
      const now = clock.now();
      const before = { expired: now, revoked: new Date(now.getTime() - REVOKED_KEPT_MS) };
      const sessions = await inBatches(() => authSessions().deleteEnded(before, BATCH));
      await inBatches(() => refreshTokens().deleteExpired(now, BATCH));
      const beforeTokens = new Date(now.getTime() - TOKEN_KEPT_MS);
      await inBatches(() => oneTimeTokens().deleteExpired(beforeTokens, BATCH));
      await inBatches(() => signInAttempts().deleteExpired(now, BATCH));
      return sessions;
    },
  };
}

async function inBatches(deleteBatch: () => Promise<number>): Promise<number> {
  let total = 0;
  let deleted: number;
  do {
    deleted = await deleteBatch();
    total += deleted;
  } while (deleted === BATCH);
  return total;
}
