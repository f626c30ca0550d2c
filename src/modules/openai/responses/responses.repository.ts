import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import { createUserRows } from '#platform/db/user-rows';
import type { ResponseId, TeamId, UserId } from '#shared/ids';
import type { StoredResponse } from './stored-response.ts';

export type NewResponse = StoredResponse & { readonly teamId: TeamId; readonly userId: UserId };

const COLUMNS = ['id', 'previous_id as previousId', 'input', 'body'] as const;

export type ResponsesRepository = ReturnType<typeof createResponsesRepository>;

export function createResponsesRepository(queries: Queries) {
  return {
    async insert(response: NewResponse): Promise<void> {
      await queries
        .insertInto('responses')
        .values({
          id: response.id,
          team_id: response.teamId,
          user_id: response.userId,
          previous_id: response.previousId,
          input: JSON.stringify(response.input),
          body: JSON.stringify(response.body),
        })
        .execute();
    },

    async find(id: ResponseId, userId: UserId): Promise<StoredResponse | undefined> {
      return queries
        .selectFrom('responses')
        .select(COLUMNS)
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .$castTo<StoredResponse>()
        .executeTakeFirst();
    },

    /** A response and those before it, the oldest first; the oldest of a whole chain follows none. */
    async listChain(
      id: ResponseId,
      { userId, limit }: { readonly userId: UserId; readonly limit: number },
    ): Promise<readonly StoredResponse[]> {
      const { rows } = await sql<StoredResponse>`
        with recursive chain as (
          select id, previous_id, input, body, 1 as depth from responses
          where id = ${id} and user_id = ${userId}
          union all
          select r.id, r.previous_id, r.input, r.body, chain.depth + 1
          from responses r join chain on r.id = chain.previous_id
          where r.user_id = ${userId} and chain.depth < ${limit}
        )
        select id, previous_id as "previousId", input, body from chain order by depth desc
      `.execute(queries);
      return rows;
    },

    async remove(id: ResponseId, userId: UserId): Promise<boolean> {
      const { numDeletedRows } = await queries
        .deleteFrom('responses')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    /** Tells how many went, at most `limit`. */
    async removeOlderThan(moment: string, limit: number): Promise<number> {
      const { numDeletedRows } = await queries
        .deleteFrom('responses')
        .where('id', 'in', (query) =>
          query.selectFrom('responses').select('id').where('created_at', '<', moment).limit(limit),
        )
        .executeTakeFirst();
      return Number(numDeletedRows);
    },

    ...createUserRows(queries, 'responses'),
  };
}
