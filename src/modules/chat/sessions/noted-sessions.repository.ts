import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { ProjectId, SessionId, TeamId, UserId } from '#shared/ids';

/** Busy: it is answering, or a question waits. Interrupted: a human is waited for. Error: the last answer failed. */
export type SessionStatus = 'idle' | 'busy' | 'interrupted' | 'error';

export type Notes = Readonly<Record<string, unknown>>;

/** A session as a program sees it. */
export type NotedSession = {
  readonly id: SessionId;
  /** The program's own name for it, else null. */
  readonly externalId: string | null;
  readonly projectId: ProjectId | null;
  readonly status: SessionStatus;
  readonly metadata: Notes;
  readonly lastMessageAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type NewNotedSession = {
  readonly id: SessionId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly projectId: ProjectId | null;
  readonly externalId: string | null;
  readonly metadata: Notes;
  readonly ttlMinutes: number | null;
};

export type SessionSearch = {
  /** Ids, or names of the program's own. */
  readonly ids?: readonly string[] | undefined;
  /** Sessions whose notes hold all of these. */
  readonly metadata?: Notes | undefined;
  readonly status?: SessionStatus | undefined;
};

export type SessionOrder = {
  readonly column: 'id' | 'status' | 'created_at' | 'updated_at' | 'last_message_at';
  readonly direction: 'asc' | 'desc';
};

export type SessionRange = { readonly limit: number; readonly offset: number };

export type NotedSessionsRepository = ReturnType<typeof createNotedSessionsRepository>;

/** The sessions of one user in a team, by what programs noted on them. */
export function createNotedSessionsRepository(queries: Queries) {
  const matching = (userId: UserId, { ids, metadata = {}, status }: SessionSearch) => sql`
    select * from (
      select id, external_id as "externalId", project_id as "projectId", metadata,
        last_message_at as "lastMessageAt", created_at as "createdAt", updated_at as "updatedAt",
        case
          when exists (select from runs where runs.session_id = sessions.id and status = 'waiting') then 'interrupted'
          when exists (select from runs where runs.session_id = sessions.id
            and status in ('queued', 'running')) then 'busy'
          when (select status from runs where runs.session_id = sessions.id
            order by created_at desc, id desc limit 1) = 'failed' then 'error'
          else 'idle'
        end as status
      from sessions
      where user_id = ${userId} and metadata @> ${JSON.stringify(metadata)}::jsonb ${ids ? idIn(ids) : sql``}
    ) as session
    where ${status ?? null}::text is null or status = ${status ?? null}`;

  return {
    /** False where the user has a session of this name already. */
    async insert(session: NewNotedSession): Promise<boolean> {
      const { numAffectedRows } = await sql`
        insert into sessions (id, team_id, user_id, project_id, external_id, metadata, ttl_minutes)
        values (${session.id}, ${session.teamId}, ${session.userId}, ${session.projectId},
          ${session.externalId}, ${JSON.stringify(session.metadata)}::jsonb, ${session.ttlMinutes})
        on conflict do nothing
      `.execute(queries);
      return numAffectedRows === 1n;
    },

    async find(userId: UserId, id: string): Promise<NotedSession | undefined> {
      const { rows } = await sql<NotedSession>`
        ${matching(userId, { ids: [id] })} order by "externalId" nulls last limit 1
      `.execute(queries);
      return rows[0];
    },

    async search(
      userId: UserId,
      search: SessionSearch & { readonly order: SessionOrder } & SessionRange,
    ): Promise<readonly NotedSession[]> {
      const { order, limit, offset } = search;
      const { rows } = await sql<NotedSession>`
        ${matching(userId, search)} order by ${orderBy(order)} limit ${limit} offset ${offset}
      `.execute(queries);
      return rows;
    },

    async count(userId: UserId, search: SessionSearch): Promise<number> {
      const { rows } = await sql<{ readonly total: number }>`
        select count(*)::int as total from (${matching(userId, search)}) as found
      `.execute(queries);
      return rows[0]?.total ?? 0;
    },

    /** Adds notes to those that are there; a note of the same name is replaced. */
    async note(id: SessionId, metadata: Notes): Promise<void> {
      await sql`
        update sessions set metadata = metadata || ${JSON.stringify(metadata)}::jsonb, updated_at = now()
        where id = ${id}
      `.execute(queries);
    },

    /** Removes some sessions whose time is over and that are not answering; tells how many went. */
    async removeOutlived(limit: number): Promise<readonly SessionId[]> {
      const { rows } = await sql<{ readonly id: SessionId }>`
        delete from sessions where id in (
          select id from sessions
          where ttl_minutes is not null and updated_at < now() - make_interval(mins => ttl_minutes)
            and not exists (select from runs where session_id = sessions.id
              and finished_at is null)
          limit ${limit})
        returning id
      `.execute(queries);
      return rows.map(({ id }) => id);
    },
  };
}

function idIn(ids: readonly string[]): RawBuilder<unknown> {
  return sql`and (id = any(${ids}::uuid[]) or external_id = any(${ids}::uuid[]))`;
}

const COLUMNS = {
  id: sql`id`,
  status: sql`status`,
  created_at: sql`"createdAt"`,
  updated_at: sql`"updatedAt"`,
  last_message_at: sql`"lastMessageAt"`,
} satisfies Record<SessionOrder['column'], RawBuilder<unknown>>;

function orderBy({ column, direction }: SessionOrder): RawBuilder<unknown> {
  return direction === 'asc'
    ? sql`${COLUMNS[column]} asc nulls first, id asc`
    : sql`${COLUMNS[column]} desc nulls last, id desc`;
}
