import type { Cache } from '#platform/cache/cache';
import type { ApiKeyGrantService } from '../api-keys/api-key-grants.service.ts';
import type { SignInAttemptsRepository } from '../auth/sign-in-attempts.repository.ts';
import { externalUserKey } from '../issuers/external-user-key.ts';
import type { AccountRowsRepository } from './account-rows.repository.ts';
import { ACCOUNT_TABLE_NAMES } from './account-tables.ts';
import { NOTHING, type Leaver, type Pace, type UserEraser } from './user-eraser.ts';

export type AccountEraserDependencies = {
  readonly accountRows: () => AccountRowsRepository;
  readonly apiKeyGrants: Pick<ApiKeyGrantService, 'forget'>;
  readonly cache: Pick<Cache, 'delete'>;
  readonly signInAttempts: () => Pick<SignInAttemptsRepository, 'clear'>;
};

const BATCH = 500;

/** Takes what makes an account: how its owner signs in, and where they are signed in. */
export function createAccountEraser(dependencies: AccountEraserDependencies): UserEraser {
  const { accountRows, signInAttempts, apiKeyGrants, cache } = dependencies;
  return {
    async count({ userId, email, teamIds }: Leaver) {
      const rows = await accountRows().count({ userId, email });
      return { ...NOTHING, removed: { users: 1, teams: teamIds.length, ...rows } };
    },

    async erase({ userId, email, teamIds }: Leaver, pace: Pace) {
      const subjects = await accountRows().listSubjects(userId);
      const apiKeys = await accountRows().listApiKeys(userId, teamIds);
      await accountRows().rememberErased(userId);
      for (const table of ACCOUNT_TABLE_NAMES) {
        while ((await accountRows().remove(table, { userId, email }, BATCH)) === BATCH)
          await pace();
      }
      for (const apiKey of apiKeys) await apiKeyGrants.forget(apiKey);
      for (const subject of subjects) await cache.delete(externalUserKey(subject));
      if (email) await signInAttempts().clear(email);
    },
  };
}
