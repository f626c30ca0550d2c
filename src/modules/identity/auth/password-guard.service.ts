import type { Clock } from '#platform/clock/clock';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { SignInAttemptsRepository } from './sign-in-attempts.repository.ts';

export type PasswordGuard = ReturnType<typeof createPasswordGuard>;

export type PasswordGuardDependencies = {
  readonly signInAttempts: () => Pick<SignInAttemptsRepository, 'add' | 'count' | 'clear'>;
  readonly passwords: Pick<PasswordService, 'verify'>;
  readonly clock: Clock;
};

export type PasswordAttempt = {
  readonly email: EmailAddress;
  readonly password: string;
  /** Absent for an account that has none, or that there is not. */
  readonly passwordHash: string | null | undefined;
};

const MAX_FAILURES = 10;
const WINDOW_MS = 15 * 60_000;

/**
 * Checks passwords and bounds the guesses at one account, wherever they come from. While it is
 * blocked, which ends with the window of the first failure, the right password is refused like a
 * wrong one, and after the same work.
 */
export function createPasswordGuard({
  signInAttempts,
  passwords,
  clock,
}: PasswordGuardDependencies) {
  const countFailures = (email: EmailAddress) => signInAttempts().count(email, clock.now());

  async function countFailure(email: EmailAddress): Promise<void> {
    const now = clock.now();
    await signInAttempts().add(email, { now, expiresAt: new Date(now.getTime() + WINDOW_MS) });
  }

  return {
    async check(attempt: PasswordAttempt): Promise<'right' | 'wrong' | 'blocked'> {
      const { email, password, passwordHash } = attempt;
      const isBlocked = (await countFailures(email)) >= MAX_FAILURES;
      const isRight = await passwords.verify(password, isBlocked ? undefined : passwordHash);
      // Asked again, because parallel guesses all find the account unblocked at first.
      const failures = isRight ? await countFailures(email) : 0;
      if (!isRight || failures >= MAX_FAILURES) {
        await countFailure(email);
        return isBlocked || isRight ? 'blocked' : 'wrong';
      }
      if (failures > 0) await signInAttempts().clear(email);
      return 'right';
    },
  };
}
