import type { Cache } from '#platform/cache/cache';
import type { SignInAttemptsRepository } from '../auth/sign-in-attempts.repository.ts';
import { externalUserKey } from '../issuers/external-user-key.ts';
import type { AccountRowsRepository } from './account-rows.repository.ts';
import { ACCOUNT_TABLE_NAMES } from './account-tables.ts';
import { NOTHING, type Leaver, type Pace, type UserEraser } from './user-eraser.ts';

export type AccountEraserDependencies = {
  readonly accountRows: () => AccountRowsRepository;
  readonly cache: Pick<Cache, 'delete'>;
  readonly signInAttempts: () => Pick<SignInAttemptsRepository, 'clear'>;
};

const BATCH = 500;

/** Takes what makes an account: how its owner signs in, and where they are signed in. */
export function createAccountEraser(dependencies: AccountEraserDependencies): UserEraser {
  const { accountRows, signInAttempts, cache } = dependencies;
  return {
    async count({ userId, email, teamIds }: Leaver) {
      const rows = await accountRows().count({ userId, email });
      return { ...NOTHING, removed: { users: 1, teams: teamIds.length, ...rows } };
    },

    async erase({ userId, email }: Leaver, pace: Pace) {
      const subjects = await accountRows().listSubjects(userId);
      await accountRows().rememberErased(userId);
      for (const table of ACCOUNT_TABLE_NAMES) {
        while ((await accountRows().remove(table, { userId, email }, BATCH)) === BATCH)
          await pace();
      }
      for (const subject of subjects) await cache.delete(externalUserKey(subject));
      if (email) await signInAttempts().clear(email);
    },
  };
}
