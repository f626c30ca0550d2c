import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { AuditMembers } from './scrub-audit-entry.ts';

export type AuditMention = {
  readonly id: string;
  readonly before: AuditMembers | null;
  readonly after: AuditMembers | null;
};

/** A user as the audit log may name them. */
export type AuditedPerson = {
  readonly userId: string;
  readonly email: string | null;
};

export type AuditPage = {
  readonly mentions: readonly AuditMention[];
  /** Where the next page begins; undefined after the last. */
  readonly lastId: string | undefined;
};

export type AuditPseudonymsRepository = ReturnType<typeof createAuditPseudonymsRepository>;

export function createAuditPseudonymsRepository(queries: Queries) {
  return {
    async findPerson(userId: string): Promise<AuditedPerson | undefined> {
      return queries
        .selectFrom('users')
        .select(['id as userId', 'email'])
        .where('id', '=', userId)
        .executeTakeFirst();
    },

    /** Reads so many entries of the log, and gives those of them that name the person anywhere. */
    async listMentions(
      { userId, email }: AuditedPerson,
      page: { readonly afterId: string; readonly limit: number },
    ): Promise<AuditPage> {
      const words = sql`concat_ws(' ', target_id, reason, before::text, after::text)`;
      // Ids and addresses are always written in one way, and `strpos` costs a tenth of `ilike`.
      const isNamed = sql<boolean>`(
        actor_id = ${userId}::uuid or impersonator_id = ${userId}::uuid
        or strpos(${words}, ${userId}) > 0 or strpos(${words}, ${email}::text) > 0)`;
      const { rows } = await sql<AuditMention & { readonly isNamed: boolean | null }>`
        select id, "isNamed", case when "isNamed" then before end as before,
          case when "isNamed" then after end as after
        from (
          select id, before, after, ${isNamed} as "isNamed" from audit_log
          where id > ${page.afterId}::uuid order by id limit ${page.limit}
        ) page order by id
      `.execute(queries);
      const isFull = rows.length === page.limit;
      return {
        mentions: rows.filter(({ isNamed: isMention }) => isMention === true),
        lastId: isFull ? rows.at(-1)?.id : undefined,
      };
    },

    /** Puts the pseudonym in the person's place; where they, or nobody, acted, the address was theirs. */
    async replace(
      { userId, email }: AuditedPerson,
      pseudonym: string,
      mentions: readonly AuditMention[],
    ): Promise<void> {
      const inPlaceOf = (column: string) => {
        const value = sql.ref(column);
        const withoutId = sql`replace(${value}, ${userId}, ${pseudonym})`;
        return email === null ? withoutId : sql`replace(${withoutId}, ${email}, ${pseudonym})`;
      };
      await sql`
        update audit_log set
          ip = case when actor_id is null or actor_id = ${userId}::uuid then null else ip end,
          actor_id = case when actor_id = ${userId}::uuid then ${pseudonym}::uuid else actor_id end,
          impersonator_id = case when impersonator_id = ${userId}::uuid
            then ${pseudonym}::uuid else impersonator_id end,
          target_id = ${inPlaceOf('target_id')}, reason = ${inPlaceOf('reason')},
          before = scrubbed.before, after = scrubbed.after
        from json_to_recordset(${JSON.stringify(mentions)}::json)
          as scrubbed (id uuid, before jsonb, after jsonb)
        where audit_log.id = scrubbed.id
      `.execute(queries);
    },
  };
}
