import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { RunId, TeamId, UserId } from '#shared/ids';
import type { RunStatus } from '../runs/runs.repository.ts';

export type WaitingRunsRepository = ReturnType<typeof createWaitingRunsRepository>;

/** Runs that wait for a human: no process holds one. */
export function createWaitingRunsRepository(queries: Queries) {
  return {
    /** How an own run stands, which stays so until the transaction ends; undefined where there is none. */
    async lock(id: RunId, userId: UserId): Promise<RunStatus | undefined> {
      const row = await queries
        .selectFrom('runs')
        .select('status')
        .where('id', '=', id)
        .where('user_id', '=', userId)
        .forUpdate()
        .$castTo<{ readonly status: RunStatus }>()
        .executeTakeFirst();
      return row?.status;
    },

    /** Adds an event to a run that is locked. */
    async tell(run: {
      readonly id: RunId;
      readonly teamId: TeamId;
      readonly eventId: number;
      readonly event: string;
    }): Promise<void> {
      await queries
        .insertInto('run_events')
        .values({
          run_id: run.id,
          team_id: run.teamId,
          first_event_id: run.eventId,
          last_event_id: run.eventId,
          events: run.event,
        })
        .execute();
    },

    /** The run goes on as soon as a process takes it up. */
    async queue(id: RunId): Promise<void> {
      await queries
        .updateTable('runs')
        .set({ status: 'queued', updated_at: sql`now()` })
        .where('id', '=', id)
        .where('status', '=', 'waiting')
        .execute();
    },
  };
}
