import type { Queries } from '#platform/db/database';
import type { OneTimeTokenId, UserId } from '#shared/ids';
import type { EmailAddress } from '../users/parse-email.ts';

export type MailedPurpose =
  | 'email_verification'
  | 'password_reset'
  | 'email_change'
  | 'registration';

export type OneTimeTokenRecord = {
  readonly id: OneTimeTokenId;
  readonly purpose: MailedPurpose;
  /** Null for a registration, and for a reset until its mail finds an owner of the address. */
  readonly userId: UserId | null;
  /** Where the token is mailed to. */
  readonly email: EmailAddress;
  /** The address that an email_change ends. */
  readonly formerEmail: EmailAddress | null;
  readonly expiresAt: string;
  readonly mailedAt: string | null;
  readonly usedAt: string | null;
  readonly tokenHash: Uint8Array;
};

export type NewOneTimeToken = Pick<
  OneTimeTokenRecord,
  'id' | 'purpose' | 'userId' | 'email' | 'formerEmail'
> & { readonly tokenHash: Buffer; readonly expiresAt: Date };

/** A token as its bearer presents it. */
export type PresentedToken = {
  readonly tokenHash: Buffer;
  readonly purposes: readonly MailedPurpose[];
  readonly now: Date;
};

const COLUMNS = [
  'id',
  'purpose',
  'user_id as userId',
  'email',
  'former_email as formerEmail',
  'expires_at as expiresAt',
  'mailed_at as mailedAt',
  'used_at as usedAt',
  'token_hash as tokenHash',
] as const;

export type OneTimeTokensRepository = ReturnType<typeof createOneTimeTokensRepository>;

/** Needs no scope: the table has no tenant. */
export function createOneTimeTokensRepository(queries: Queries) {
  return {
    async insert(token: NewOneTimeToken): Promise<void> {
      await queries
        .insertInto('one_time_tokens')
        .values({
          id: token.id,
          purpose: token.purpose,
          token_hash: token.tokenHash,
          user_id: token.userId,
          email: token.email,
          former_email: token.formerEmail,
          expires_at: token.expiresAt.toISOString(),
        })
        .execute();
    },

    async find(id: OneTimeTokenId): Promise<OneTimeTokenRecord | undefined> {
      return queries
        .selectFrom('one_time_tokens')
        .select(COLUMNS)
        .where('id', '=', id)
        .$castTo<OneTimeTokenRecord>()
        .executeTakeFirst();
    },

    /** A token that could be used now. */
    async findLive({ tokenHash, purposes, now }: PresentedToken) {
      return queries
        .selectFrom('one_time_tokens')
        .select(COLUMNS)
        .where('token_hash', '=', tokenHash)
        .where('purpose', 'in', purposes)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now.toISOString())
        .$castTo<OneTimeTokenRecord>()
        .executeTakeFirst();
    },

    /** Uses a token up; undefined where it is none, over, or was used, also at the same moment. */
    async use({ tokenHash, purposes, now }: PresentedToken) {
      return queries
        .updateTable('one_time_tokens')
        .set({ used_at: now.toISOString() })
        .where('token_hash', '=', tokenHash)
        .where('purpose', 'in', purposes)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now.toISOString())
        .returning(COLUMNS)
        .$castTo<OneTimeTokenRecord>()
        .executeTakeFirst();
    },

    /** How many mails of this purpose went to the address since then. */
    async countMailed(
      { email, purpose }: Pick<OneTimeTokenRecord, 'email' | 'purpose'>,
      since: Date,
    ): Promise<number> {
      const { count } = await queries
        .selectFrom('one_time_tokens')
        .select((row) => row.fn.countAll<string>().as('count'))
        .where('email', '=', email)
        .where('purpose', '=', purpose)
        .where('mailed_at', '>', since.toISOString())
        .executeTakeFirstOrThrow();
      return Number(count);
    },

    /** Says whom a token is for, once that is known. */
    async assign(id: OneTimeTokenId, userId: UserId): Promise<void> {
      await queries
        .updateTable('one_time_tokens')
        .set({ user_id: userId })
        .where('id', '=', id)
        .execute();
    },

    async markMailed(id: OneTimeTokenId, at: Date): Promise<void> {
      await queries
        .updateTable('one_time_tokens')
        .set({ mailed_at: at.toISOString() })
        .where('id', '=', id)
        .execute();
    },

    /** Ends the tokens of a user that nobody has used yet. */
    async endUnused(userId: UserId, purposes: readonly MailedPurpose[], now: Date): Promise<void> {
      await queries
        .updateTable('one_time_tokens')
        .set({ expires_at: now.toISOString() })
        .where('user_id', '=', userId)
        .where('purpose', 'in', purposes)
        .where('used_at', 'is', null)
        .where('expires_at', '>', now.toISOString())
        .execute();
    },

    async deleteExpired(before: Date, limit: number): Promise<number> {
      const expired = queries
        .selectFrom('one_time_tokens')
        .select('id')
        .where('expires_at', '<', before.toISOString())
        .limit(limit);
      const result = await queries
        .deleteFrom('one_time_tokens')
        .where('id', 'in', expired)
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}
