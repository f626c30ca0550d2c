import { sql, type RawBuilder } from 'kysely';
import type { Queries } from '#platform/db/database';
import { isUniqueViolation } from '#platform/db/error-translation';
import type { Credential } from '#shared/actor';
import type { MessageId, RunId, SessionId, TeamId, UserId } from '#shared/ids';
import type { RunHold } from './run-hold.ts';

export type RunStatus = 'queued' | 'running' | 'waiting' | EndStatus;

export type EndStatus = 'done' | 'failed' | 'cancelled';

const UNFINISHED = ['queued', 'running', 'waiting'] as const;

export type RunRecord = RunHold & {
  readonly id: RunId;
  readonly sessionId: SessionId;
  readonly model: string;
  readonly status: RunStatus;
  readonly createdAt: string;
  readonly finishedAt: string | null;
};

/** A run whose process stopped renewing its lease, and that this one holds now. */
export type LostRun = RunHold & {
  readonly id: RunId;
  readonly teamId: TeamId;
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly answerId: MessageId;
  readonly question: string;
  readonly model: string;
  readonly traceId: string;
  /** As it was stored, and not read yet. */
  readonly request: unknown;
  readonly credential: Credential;
  /** How often it was put aside for a human: its holder then did not die. */
  readonly pauses: number;
  readonly isCancelRequested: boolean;
};

export type Claim = {
  readonly limit: number;
  readonly leaseSeconds: number;
  /** Runs of this process, which is alive whatever their leases say. */
  readonly except: readonly RunId[];
  /** How long their leases have passed, at least. */
  readonly lostForSeconds: number;
};

export type HeldRun = RunHold & { readonly id: RunId };

/** What other processes, or the database, have to say about a run of this one. */
export type RunNotice = HeldRun & {
  readonly isRunning: boolean;
  readonly isCancelRequested: boolean;
  readonly isWatched: boolean;
};

export type RunsRepository = ReturnType<typeof createRunsRepository>;

export function createRunsRepository(queries: Queries) {
  /** What was called off while it waited stays queued, and is ended from there. */
  async function claim(wanted: RawBuilder<unknown>, leaseSeconds: number) {
    const { rows } = await sql<LostRun>`
      with wanted as (${wanted}), claimed as (
        update runs set attempts = attempts + 1, lease_until = ${inSeconds(leaseSeconds)}, updated_at = now(),
          status = case when cancel_requested_at is null then 'running' else status end
        from wanted where runs.id = wanted.id
        returning runs.*
      )
      select claimed.id, claimed.team_id as "teamId", claimed.user_id as "userId",
        claimed.session_id as "sessionId", claimed.model, claimed.trace_id as "traceId", claimed.attempts,
        claimed.pauses,
        claimed.request, claimed.credential, claimed.cancel_requested_at is not null as "isCancelRequested",
        answer.id as "answerId", question.content as question
      from claimed
      join messages answer on answer.run_id = claimed.id and answer.role = 'assistant'
      join messages question on question.run_id = claimed.id and question.role = 'user'
    `.execute(queries);
    return rows;
  }

  return {
    async find(id: RunId, userId: UserId): Promise<RunRecord | undefined> {
      return queries
        .selectFrom('runs')
        .select(['id', 'session_id as sessionId', 'model', 'status', 'attempts'])
        .select(['created_at as createdAt', 'finished_at as finishedAt'])
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .$castTo<RunRecord>()
        .executeTakeFirst();
    },

    async hasUnfinished(sessionId: SessionId): Promise<boolean> {
      const row = await queries
        .selectFrom('runs')
        .select('id')
        .where('session_id', '=', sessionId)
        .where('status', 'in', [...UNFINISHED])
        .executeTakeFirst();
      return row !== undefined;
    },

    /** Takes runs whose leases have passed; each goes to one process, and its former one can write no more. */
    async claimLost({ limit, leaseSeconds, except, lostForSeconds }: Claim) {
      return claim(
        sql`
          select id from runs
          where status = 'running' and lease_until < now() - make_interval(secs => ${lostForSeconds})
            and id <> all(${except}::uuid[])
          order by lease_until limit ${limit} for update skip locked`,
        leaseSeconds,
      );
    },

    /** Takes runs whose turn it is in their sessions, and those that were called off while they waited. */
    async claimQueued({ limit, leaseSeconds }: Pick<Claim, 'limit' | 'leaseSeconds'>) {
      return claim(
        sql`
          select id from runs as queued
          where status = 'queued' and (cancel_requested_at is not null or not exists (
            select from runs as earlier where earlier.session_id = queued.session_id
              and (earlier.status in ('running', 'waiting') or (earlier.status = 'queued'
                and earlier.cancel_requested_at is null
                and (earlier.created_at, earlier.id) < (queued.created_at, queued.id)))))
          order by created_at limit ${limit} for update skip locked`,
        leaseSeconds,
      ).catch((error: unknown) => {
        // Another run of a session began at the same moment.
        if (isUniqueViolation(error, 'runs_session_id_active_idx')) return [];
        throw error;
      });
    },

    /** Lets every lease pass: for the only process of a database, at its start. */
    async expireLeases(): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ lease_until: sql`now() - interval '1 second'` })
        .where('status', '=', 'running')
        .execute();
    },

    async renewLeases(runs: readonly HeldRun[], leaseSeconds: number): Promise<void> {
      await sql`
        with held as (
          select runs.id from json_to_recordset(${JSON.stringify(runs)}::json) as ours (id uuid, attempts integer)
          join runs on runs.id = ours.id and runs.attempts = ours.attempts and runs.status = 'running'
          order by runs.id for update of runs
        )
        update runs set lease_until = ${inSeconds(leaseSeconds)}, updated_at = now()
        from held where runs.id = held.id
      `.execute(queries);
    },

    /**
     * The runs of a session that have not ended, or one of them, asked to stop wherever they are. One that waits for a
     * human has no holder, and is ended by who takes it up.
     */
    async requestCancel(sessionId: SessionId, runId?: RunId): Promise<readonly RunId[]> {
      const rows = await queries
        .updateTable('runs')
        .set({
          cancel_requested_at: sql`now()`,
          updated_at: sql`now()`,
          status: sql`case when status = 'waiting' then 'queued' else status end`,
        })
        .where('session_id', '=', sessionId)
        .$if(runId !== undefined, (query) => query.where('id', '=', runId ?? null))
        .where('status', 'in', [...UNFINISHED])
        .returning('id')
        .$castTo<{ readonly id: RunId }>()
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Somebody follows the run through the database, away from the process that runs it. */
    async markWatched(id: RunId): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ watched_at: sql`now()` })
        .where('id', '=', id)
        .where('status', 'in', [...UNFINISHED])
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
          'attempts',
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
            row('attempts', '>', 1),
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
