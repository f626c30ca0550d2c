import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ApiKeyId, TeamId, UserId } from '#shared/ids';
import { ACCOUNT_TABLE_NAMES, ACCOUNT_TABLES, type AccountTable } from './account-tables.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { Counts } from './user-eraser.ts';

export type IssuerSubject = { readonly issuer: string; readonly subject: string };
export type KnownApiKey = { readonly id: ApiKeyId; readonly hash: Buffer };
export type AccountOwner = { readonly userId: UserId; readonly email: EmailAddress | undefined };

export type AccountRowsRepository = ReturnType<typeof createAccountRowsRepository>;

/** Needs the system scope: what is a user's is spread over teams. */
export function createAccountRowsRepository(queries: Queries) {
  return {
    async count(owner: AccountOwner): Promise<Counts> {
      const counts = ACCOUNT_TABLE_NAMES.map(async (table) => {
        const { rows } = await sql<{ readonly count: number }>`
          select count(*)::int as count from ${sql.table(table)} where ${isTheirs(table, owner)}
        `.execute(queries);
        return [table, rows[0]?.count ?? 0] as const;
      });
      return Object.fromEntries(await Promise.all(counts));
    },

    /** Removes at most so many rows; how many it were. */
    async remove(table: AccountTable, owner: AccountOwner, limit: number): Promise<number> {
      const { numAffectedRows } = await sql`
        delete from ${sql.table(table)} where id = any(array(
          select id from ${sql.table(table)} where ${isTheirs(table, owner)} limit ${limit}))
      `.execute(queries);
      return Number(numAffectedRows ?? 0n);
    },

    /** Keys that act as the user, or for the teams. */
    listApiKeys: (userId: UserId, teamIds: readonly TeamId[]): Promise<readonly KnownApiKey[]> =>
      queries
        .selectFrom('api_keys')
        .select(['id', 'hash'])
        .where((key) =>
          key.or([
            key('user_id', '=', userId),
            key('team_id', '=', sql<TeamId>`any(${teamIds}::uuid[])`),
          ]),
        )
        .$castTo<KnownApiKey>()
        .execute(),

    listSubjects: (userId: UserId): Promise<readonly IssuerSubject[]> =>
      queries
        .selectFrom('identities')
        .select(['issuer', 'subject'])
        .where('user_id', '=', userId)
        .execute(),

    /** Remembers, by a hash, the subjects that issuers know the user by, so that no late word of theirs makes them anew. */
    async rememberErased(userId: UserId): Promise<void> {
      await sql`
        insert into erased_identities (issuer, subject_hash, erased_at)
        select issuer, sha256(convert_to(subject, 'UTF8')), now() from identities where user_id = ${userId}
        on conflict (issuer, subject_hash) 
          do update set erased_at = greatest(erased_identities.erased_at, excluded.erased_at)
      `.execute(queries);
    },
  };
}

function isTheirs(table: AccountTable, { userId, email }: AccountOwner) {
  const { users, addresses } = ACCOUNT_TABLES[table];
  const conditions = [
    ...users.map((column) => sql`${sql.ref(column)} = ${userId}`),
    ...(email ? addresses.map((column) => sql`${sql.ref(column)} = ${email}`) : []),
  ];
  return sql.join(conditions, sql` or `);
}
