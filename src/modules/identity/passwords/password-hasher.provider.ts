import { parseOptions } from '@node-rs/argon2';
import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { AppError } from '#platform/errors/app-error';
import { ARGON2_COST } from './argon2-cost.ts';
import { normalizePassword } from './check-password.ts';
import type * as PasswordWorker from './password-worker.ts';

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(password: string, encodedHash: string): Promise<boolean>;
  /** Whether a hash is weaker than, or of another kind than, what `hash` makes now. */
  isOutdated(encodedHash: string): boolean;
}

export type PasswordHasherOptions = {
  /** Hashes that run at a time, each on a thread of its own. */
  readonly maxConcurrent: number;
  /** Hashes that may wait; one more is refused. */
  readonly maxWaiting: number;
};

const BCRYPT = /^\$2[aby]\$/;
const BUSY_RETRY_SECONDS = 1;
const IDLE_THREAD_MS = 60_000;

/** Hashes off the event loop, a bounded number at a time. */
export function createPasswordHasher({
  maxConcurrent,
  maxWaiting,
}: PasswordHasherOptions): PasswordHasher {
  const pool = new Piscina({
    // The file beside this one is .ts in the source tree and .js in the build.
    filename: new URL(`./password-worker${extname(import.meta.url)}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: maxConcurrent,
    idleTimeout: IDLE_THREAD_MS,
    // One runs and one waits beside it, each taken as a message of its own: no thread waits for the event loop.
    concurrentTasksPerWorker: 2,
    atomics: 'disabled',
    recordTiming: false,
    // A hash has no use for the process's settings, and secrets are among them.
    env: {},
  });

  async function run<Name extends keyof typeof PasswordWorker>(
    name: Name,
    task: Parameters<(typeof PasswordWorker)[Name]>[0],
  ): Promise<ReturnType<(typeof PasswordWorker)[Name]>> {
    if (pool.queueSize >= maxWaiting) throw busy();
    return pool.run(task, { name });
  }

  return {
    hash: (password) => run('hash', normalizePassword(password)),
    verify(password, encodedHash) {
      // An imported hash is of the password as it was typed elsewhere.
      if (BCRYPT.test(encodedHash)) return run('verifyBcrypt', { password, encodedHash });
      return run('verifyArgon2', { password: normalizePassword(password), encodedHash });
    },
    isOutdated: (encodedHash) => BCRYPT.test(encodedHash) || isWeak(encodedHash),
  };
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
