import { hash } from 'node:crypto';
import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { IdentityId, UserId } from '#shared/ids';
import type { EmailAddress } from '../users/parse-email.ts';
import type { ExternalProfile } from './external-profile.ts';

/** Whom an issuer means. */
export type ExternalSubject = { readonly issuer: string; readonly subject: string };

export type IdentityRecord = {
  readonly userId: UserId;
  readonly profile: ExternalProfile;
  /** ISO 8601; when the issuer told the profile. */
  readonly claimsAt: string;
};

export type NewIdentity = ExternalSubject & {
  readonly id: IdentityId;
  readonly userId: UserId;
  readonly profile: ExternalProfile;
  readonly claimsAt: Date;
};

export type IdentitiesRepository = ReturnType<typeof createIdentitiesRepository>;

export function createIdentitiesRepository(queries: Queries) {
  return {
    async find({ issuer, subject }: ExternalSubject): Promise<IdentityRecord | undefined> {
      return queries
        .selectFrom('identities')
        .select(['user_id as userId', 'claims as profile', 'claims_at as claimsAt'])
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .$castTo<IdentityRecord>()
        .executeTakeFirst();
    },

    async insert(identity: NewIdentity): Promise<void> {
      await queries
        .insertInto('identities')
        .values({
          id: identity.id,
          user_id: identity.userId,
          issuer: identity.issuer,
          subject: identity.subject,
          claims: JSON.stringify(identity.profile),
          claims_at: identity.claimsAt.toISOString(),
        })
        .execute();
    },

    /** Until the transaction ends, nobody else makes, changes or erases whom the issuer means. */
    async lock({ issuer, subject }: ExternalSubject): Promise<void> {
      const name = JSON.stringify([issuer, subject]);
      await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(queries);
    },

    async update(
      { issuer, subject }: ExternalSubject,
      { profile, claimsAt }: Pick<NewIdentity, 'profile' | 'claimsAt'>,
    ): Promise<void> {
      await queries
        .updateTable('identities')
        .set({
          claims: JSON.stringify(profile),
          claims_at: claimsAt.toISOString(),
          updated_at: sql`now()`,
        })
        .where('issuer', '=', issuer)
        .where('subject', '=', subject)
        .execute();
    },

    /** ISO 8601; when the subject's user was erased. */
    async findErasure({ issuer, subject }: ExternalSubject): Promise<string | undefined> {
      const erased = await queries
        .selectFrom('erased_identities')
        .select('erased_at as erasedAt')
        .where('issuer', '=', issuer)
        .where('subject_hash', '=', hashOf(subject))
        .executeTakeFirst();
      return erased?.erasedAt;
    },

    async rememberErasure({ issuer, subject }: ExternalSubject, erasedAt: Date): Promise<void> {
      await queries
        .insertInto('erased_identities')
        .values({ issuer, subject_hash: hashOf(subject), erased_at: erasedAt.toISOString() })
        .onConflict((conflict) =>
          conflict.columns(['issuer', 'subject_hash']).doUpdateSet({
            erased_at: sql`greatest(erased_identities.erased_at, excluded.erased_at)`,
          }),
        )
        .execute();
    },

    /** Gives a user the address, unless somebody else has it. */
    async giveAddress(
      id: UserId,
      address: { readonly email: EmailAddress; readonly verifiedAt: Date | null },
    ): Promise<void> {
      await queries
        .updateTable('users')
        .set({
          email: address.email,
          email_verified_at: address.verifiedAt?.toISOString() ?? null,
          updated_at: sql`now()`,
        })
        .where('id', '=', id)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('users as other')
                .select('other.id')
                .where('other.email', '=', address.email)
                .where('other.id', '<>', id),
            ),
          ),
        )
        .execute();
    },
  };
}

function hashOf(subject: string): Buffer {
  return hash('sha256', subject, 'buffer');
}
