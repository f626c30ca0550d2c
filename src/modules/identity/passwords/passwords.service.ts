import { invalid } from '#platform/errors/app-error';
import { listUnmetRules, normalizePassword } from './check-password.ts';
import type { CommonPasswords } from './common-passwords.provider.ts';
import type { PasswordHasher } from './password-hasher.provider.ts';

export type PasswordService = ReturnType<typeof createPasswordService>;

export type PasswordServiceDependencies = {
  readonly hasher: PasswordHasher;
  readonly commonPasswords: CommonPasswords;
};

/** Hash of random bytes that nobody kept, at the cost of real ones. */
export const DUMMY_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$VHud+JS0HJaTDK8Jl7PJLw$SGetzlDQYDPb4ri1GSZaPy87WviLdMFfxeKgieclLpk';

export function createPasswordService({ hasher, commonPasswords }: PasswordServiceDependencies) {
  return {
    /** Hashes a new password. @throws VALIDATION_ERROR with an entry for each rule that is not met. */
    async hashNew(password: string, field: string): Promise<string> {
      const unmet = listUnmetRules(password);
      if (unmet.length === 0 && (await commonPasswords.includes(normalizePassword(password)))) {
        unmet.push('Password is too common');
      }
      if (unmet.length > 0) throw invalid(unmet.map((message) => ({ field, message })));
      return hasher.hash(password);
    },

    /** False for a wrong password and, after the same work, for an account that has none. */
    async verify(password: string, encodedHash: string | null | undefined): Promise<boolean> {
      const isMatch = await hasher.verify(password, encodedHash ?? DUMMY_HASH);
      return isMatch && typeof encodedHash === 'string';
    },

    /** A hash at today's cost for a password just verified, when the stored one is weaker. */
    async rehashOutdated(password: string, encodedHash: string): Promise<string | undefined> {
      return hasher.isOutdated(encodedHash) ? hasher.hash(password) : undefined;
    },
  };
}
