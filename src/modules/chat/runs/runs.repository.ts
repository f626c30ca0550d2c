import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { MessageId, RunId, SessionId, TeamId, UserId } from '#shared/ids';

export type RunStatus = 'running' | 'done' | 'failed' | 'cancelled';

export type RunRecord = {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly model: string;
  readonly status: RunStatus;
  readonly finishedAt: string | null;
};

/** A run whose process stopped renewing its lease. */
export type LostRun = {
  readonly id: RunId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly answerId: MessageId;
  readonly question: string;
  readonly model: string;
  readonly traceId: string;
};

/** What other processes, or the database, have to say about a run of this one. */
export type RunNotice = {
  readonly id: RunId;
  readonly isRunning: boolean;
  readonly isCancelRequested: boolean;
  readonly isWatched: boolean;
};

export type RunsRepository = ReturnType<typeof createRunsRepository>;

export function createRunsRepository(queries: Queries) {
  return {
    async find(id: RunId, userId: UserId): Promise<RunRecord | undefined> {
      return queries
        .selectFrom('runs')
        .select(['id', 'session_id as sessionId', 'model', 'status', 'finished_at as finishedAt'])
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .$castTo<RunRecord>()
        .executeTakeFirst();
    },

    async hasRunning(sessionId: SessionId): Promise<boolean> {
      const row = await queries
        .selectFrom('runs')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('status', '=', 'running')
        .executeTakeFirst();
      return row !== undefined;
    },

    async listLost(limit: number): Promise<readonly LostRun[]> {
      return queries
        .selectFrom('runs')
        .innerJoin('messages as answer', (join) =>
          join.onRef('answer.run_id', '=', 'runs.id').on('answer.role', '=', 'assistant'),
        )
        .innerJoin('messages as question', (join) =>
          join.onRef('question.run_id', '=', 'runs.id').on('question.role', '=', 'user'),
        )
        .select([
          'runs.id',
          'runs.team_id as teamId',
          'runs.user_id as userId',
          'runs.session_id as sessionId',
          'runs.model',
          'runs.trace_id as traceId',
          'answer.id as answerId',
          'question.content as question',
        ])
        .where('runs.status', '=', 'running')
        .where('runs.lease_until', '<', sql<string>`now()`)
        .orderBy('runs.lease_until')
        .limit(limit)
        .$castTo<LostRun>()
        .execute();
    },

    /** Lets every lease pass: for the only process of a database, at its start. */
    async expireLeases(): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ lease_until: sql`now() - interval '1 second'` })
        .where('status', '=', 'running')
        .execute();
    },

    async renewLeases(ids: readonly RunId[], leaseSeconds: number): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ lease_until: inSeconds(leaseSeconds), updated_at: sql`now()` })
        .where('id', '=', sql<string>`any(${ids}::uuid[])`)
        .where('status', '=', 'running')
        .execute();
    },

    /** The running run of a session, asked to stop wherever it runs. */
    async requestCancel(sessionId: SessionId): Promise<RunId | undefined> {
      const row = await queries
        .updateTable('runs')
        .set({ cancel_requested_at: sql`now()`, updated_at: sql`now()` })
        .where('session_id', '=', sessionId)
        .where('status', '=', 'running')
        .returning('id')
        .$castTo<{ readonly id: RunId }>()
        .executeTakeFirst();
      return row?.id;
    },

    /** Somebody follows the run through the database, away from the process that runs it. */
    async markWatched(id: RunId): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ watched_at: sql`now()` })
        .where('id', '=', id)
        .where('status', '=', 'running')
        .execute();
    },

    async listNotices(
      ids: readonly RunId[],
      watchedWithinSeconds: number,
    ): Promise<readonly RunNotice[]> {
      const isWatched = sql<boolean>`coalesce(watched_at > now() - make_interval(secs => ${watchedWithinSeconds}), false)`;
      return queries
        .selectFrom('runs')
        .select((row) => [
          'id',
          row('status', '=', 'running').as('isRunning'),
          row('cancel_requested_at', 'is not', null).as('isCancelRequested'),
          isWatched.as('isWatched'),
        ])
        .where('id', '=', sql<string>`any(${ids}::uuid[])`)
        .where((row) =>
          row.or([
            row('status', '<>', 'running'),
            row('cancel_requested_at', 'is not', null),
            row('watched_at', 'is not', null),
          ]),
        )
        .$castTo<RunNotice>()
        .execute();
    },
  };
}

/** Leases go by the database's clock, which all processes share. */
function inSeconds(seconds: number) {
  return sql<string>`now() + make_interval(secs => ${seconds})`;
}
