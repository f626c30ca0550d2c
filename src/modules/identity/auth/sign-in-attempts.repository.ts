import { hash } from 'node:crypto';
import { compileOnce } from '#platform/db/compile-once';
import type { Queries } from '#platform/db/database';
import type { EmailAddress } from '../users/parse-email.ts';

const findAttempts = compileOnce<
  { readonly emailHash: Buffer; readonly now: string },
  { readonly attempts: number }
>((queries, valueOf) =>
  queries
    .selectFrom('sign_in_attempts')
    .select('attempts')
    .where('email_hash', '=', valueOf('emailHash'))
    .where('expires_at', '>', valueOf('now')),
);

export type SignInAttemptsRepository = ReturnType<typeof createSignInAttemptsRepository>;

/** Counts by a hash of the address: people type passwords into the wrong field. */
export function createSignInAttemptsRepository(queries: Queries) {
  return {
    /** Adds a failed attempt to a window that begins with the first. */
    async add(
      email: EmailAddress,
      window: { readonly now: Date; readonly expiresAt: Date },
    ): Promise<void> {
      const now = window.now.toISOString();
      const expiresAt = window.expiresAt.toISOString();
      await queries
        .insertInto('sign_in_attempts')
        .values({ email_hash: hashEmail(email), attempts: 1, expires_at: expiresAt })
        .onConflict((conflict) =>
          conflict.column('email_hash').doUpdateSet((row) => {
            const isOver = row('sign_in_attempts.expires_at', '<=', now);
            return {
              attempts: row
                .case()
                .when(isOver)
                .then(1)
                .else(row('sign_in_attempts.attempts', '+', 1))
                .end(),
              expires_at: row
                .case()
                .when(isOver)
                .then(row.ref('excluded.expires_at'))
                .else(row.ref('sign_in_attempts.expires_at'))
                .end(),
            };
          }),
        )
        .execute();
    },

    /** How many there are in the window that is open at `now`. */
    async count(email: EmailAddress, now: Date): Promise<number> {
      const input = { emailHash: hashEmail(email), now: now.toISOString() };
      const [found] = await findAttempts(queries, input);
      return found?.attempts ?? 0;
    },

    async clear(email: EmailAddress): Promise<void> {
      await queries
        .deleteFrom('sign_in_attempts')
        .where('email_hash', '=', hashEmail(email))
        .execute();
    },

    async deleteExpired(before: Date, limit: number): Promise<number> {
      const expired = queries
        .selectFrom('sign_in_attempts')
        .select('email_hash')
        .where('expires_at', '<', before.toISOString())
        .limit(limit);
      const result = await queries
        .deleteFrom('sign_in_attempts')
        .where('email_hash', 'in', expired)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function hashEmail(email: EmailAddress): Buffer {
  return hash('sha256', email, 'buffer');
}
