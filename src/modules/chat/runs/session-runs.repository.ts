import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { RunId, SessionId, UserId } from '#shared/ids';
import type { RunStatus } from './runs.repository.ts';

/** A run, and what was noted on it. */
export type NotedRun = {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly status: RunStatus;
  readonly notes: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type RunListing = {
  readonly statuses?: readonly RunStatus[] | undefined;
  readonly limit: number;
  readonly offset: number;
};

export type SessionRunsRepository = ReturnType<typeof createSessionRunsRepository>;

export function createSessionRunsRepository(queries: Queries) {
  const columns = sql`id, session_id as "sessionId", status, coalesce(request -> 'notes', '{}') as notes,
    created_at as "createdAt", updated_at as "updatedAt"`;

  return {
    async find(id: RunId, userId: UserId): Promise<NotedRun | undefined> {
      const { rows } = await sql<NotedRun>`
        select ${columns} from runs where id = ${id} and user_id = ${userId}
      `.execute(queries);
      return rows[0];
    },

    /** Latest first. */
    async list(sessionId: SessionId, listing: RunListing): Promise<readonly NotedRun[]> {
      const statuses = listing.statuses ?? null;
      const { rows } = await sql<NotedRun>`
        select ${columns} from runs
        where session_id = ${sessionId} and (${statuses}::text[] is null or status = any(${statuses}::text[]))
        order by created_at desc, id desc limit ${listing.limit} offset ${listing.offset}
      `.execute(queries);
      return rows;
    },

    /** False where it has not ended. Its messages stay. */
    async removeEnded(id: RunId): Promise<boolean> {
      const { numAffectedRows } = await sql`
        delete from runs where id = ${id} and finished_at is not null
      `.execute(queries);
      return numAffectedRows === 1n;
    },
  };
}
