// A thread of its own: where one waits for the other, the next hash begins as the last one ends, in memory that is
// still in the processor's cache. The pool of libuv changes threads, and comes back to the event loop in between.
import { hashSync, verifySync } from '@node-rs/argon2';
import { verifySync as verifyBcryptSync } from '@node-rs/bcrypt';
import { ARGON2_COST } from './argon2-cost.ts';

export type VerifyTask = {
  readonly password: string;
  readonly encodedHash: string;
};

export function hash(password: string): string {
  return hashSync(password, ARGON2_COST);
}

export function verifyArgon2({ password, encodedHash }: VerifyTask): boolean {
  return verifySync(encodedHash, password);
}

export function verifyBcrypt({ password, encodedHash }: VerifyTask): boolean {
  return verifyBcryptSync(password, encodedHash);
}
