import { hash, parseOptions, verify } from '@node-rs/argon2';
import { verify as verifyBcrypt } from '@node-rs/bcrypt';
import pLimit from 'p-limit';
import { AppError } from '#platform/errors/app-error';
import { normalizePassword } from './check-password.ts';

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, encodedHash: string): Promise<boolean>;
  /** Whether a hash is weaker than, or of another kind than, what `hash` makes now. */
  isOutdated(encodedHash: string): boolean;
}

export type PasswordHasherOptions = {
  /** Hashes that run at a time, each on a thread of the pool that files and DNS also need. */
  readonly maxConcurrent: number;
  /** Hashes that may wait; one more is refused. */
  readonly maxWaiting: number;
};

/** The OWASP minimum for argon2id; `@node-rs/argon2` makes argon2id unless told otherwise. */
export const ARGON2_COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const BCRYPT = /^\$2[aby]\$/;
const BUSY_RETRY_SECONDS = 1;

/** Hashes off the event loop, a bounded number at a time. */
export function createPasswordHasher({
  maxConcurrent,
  maxWaiting,
}: PasswordHasherOptions): PasswordHasher {
  const limit = pLimit(maxConcurrent);

  async function admit<T>(work: () => Promise<T>): Promise<T> {
    if (limit.pendingCount >= maxWaiting) throw busy();
    return limit(work);
  }

  return {
    hash: (password) => admit(() => hash(normalizePassword(password), ARGON2_COST)),
    verify: (password, encodedHash) => admit(() => verifyEither(password, encodedHash)),
    isOutdated: (encodedHash) => BCRYPT.test(encodedHash) || isWeak(encodedHash),
  };
}

async function verifyEither(password: string, encodedHash: string): Promise<boolean> {
  // An imported hash is of the password as it was typed elsewhere.
  if (BCRYPT.test(encodedHash)) return verifyBcrypt(password, encodedHash);
  return verify(encodedHash, normalizePassword(password));
}

function isWeak(encodedHash: string): boolean {
  const { memoryCost, timeCost } = parseOptions(encodedHash);
  return memoryCost < ARGON2_COST.memoryCost || timeCost < ARGON2_COST.timeCost;
}

function busy(): AppError {
  return new AppError('unavailable', 'Too many sign-ins at once. Try again in a moment.', {
    reason: 'password_hasher.busy',
    retryAfterSeconds: BUSY_RETRY_SECONDS,
    retryable: true,
  });
}
