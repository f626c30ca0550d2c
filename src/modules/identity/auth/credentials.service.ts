import type { Cache } from '#platform/cache/cache';
import type { AuthSessionId, UserId } from '#shared/ids';
import type { AccountRecord, AccountsRepository } from './accounts.repository.ts';
import type { AuthSessionRecord, AuthSessionsRepository } from './auth-sessions.repository.ts';

export type CredentialService = ReturnType<typeof createCredentialService>;

export type CredentialServiceDependencies = {
  readonly cache: Cache;
  readonly accounts: () => Pick<AccountsRepository, 'find'>;
  readonly authSessions: () => Pick<AuthSessionsRepository, 'find'>;
  readonly cacheSeconds: number;
};

const accountKey = (id: UserId) => `identity:account:${id}`;
const authSessionKey = (id: AuthSessionId) => `identity:auth-session:${id}`;

/** What stands behind a credential, from a short-lived cache; whoever changes it says so here. */
export function createCredentialService(dependencies: CredentialServiceDependencies) {
  const { cache, accounts, authSessions, cacheSeconds } = dependencies;

  return {
    async findAccount(id: UserId): Promise<AccountRecord | null> {
      const load = async () => (await accounts().find(id)) ?? null;
      return cache.getOrLoad<AccountRecord | null>(accountKey(id), cacheSeconds, load);
    },

    async findAuthSession(id: AuthSessionId): Promise<AuthSessionRecord | null> {
      const load = async () => (await authSessions().find(id)) ?? null;
      return cache.getOrLoad<AuthSessionRecord | null>(authSessionKey(id), cacheSeconds, load);
    },

    /** After a change of role, tier, membership or activation. */
    async forgetAccount(id: UserId): Promise<void> {
      await cache.delete(accountKey(id));
    },

    /** After a revocation. */
    async forgetAuthSessions(ids: readonly AuthSessionId[]): Promise<void> {
      await Promise.all(ids.map((id) => cache.delete(authSessionKey(id))));
    },
  };
}
