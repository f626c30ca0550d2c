import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { RunId } from '#shared/ids';
import type { EventBatch, RunEventBatch } from './event-batch.ts';
import type { RunHold } from './run-hold.ts';
import type { RunStatus } from './runs.repository.ts';

export type RunProgress = RunHold & {
  readonly status: RunStatus;
  readonly batches: readonly EventBatch[];
};

type ProgressRow = RunHold & {
  readonly status: RunStatus;
  readonly firstEventId: number | null;
  readonly events: string | null;
};

export type RunEventsRepository = ReturnType<typeof createRunEventsRepository>;

export function createRunEventsRepository(queries: Queries) {
  return {
    /**
     * Writes batches of any number of runs in one statement; those of a run that has ended, gone, or been taken by
     * another process are refused, and told.
     */
    async flush(batches: readonly RunEventBatch[]): Promise<ReadonlySet<RunId>> {
      const rows = batches.map(({ runId, attempts, firstEventId, events }) => ({
        run_id: runId,
        attempts,
        first_event_id: firstEventId,
        last_event_id: firstEventId + events.length - 1,
        events: events.join('\n'),
      }));
      // A batch that is written again, since the answer to the first time was lost, replaces itself.
      // The lock makes who takes the run wait, so that it reads all that was told before.
      const written = await sql<{ readonly runId: RunId }>`
        with held as (
          select batch.*, runs.team_id
          from json_to_recordset(${JSON.stringify(rows)}::json)
            as batch (run_id uuid, attempts integer, first_event_id integer, last_event_id integer, events text)
          join runs on runs.id = batch.run_id and runs.attempts = batch.attempts and runs.status = 'running'
          order by runs.id for share of runs
        )
        insert into run_events (run_id, first_event_id, last_event_id, team_id, events)
        select run_id, first_event_id, last_event_id, team_id, events from held
        on conflict (run_id, first_event_id)
          do update set last_event_id = excluded.last_event_id, events = excluded.events
        returning run_id as "runId"
      `.execute(queries);
      const kept = new Set(written.rows.map(({ runId }) => runId));
      return new Set(batches.map(({ runId }) => runId).filter((runId) => !kept.has(runId)));
    },

    /** A run's status and its events after the given one, as of one moment; undefined where there is no run. */
    async readProgress(runId: RunId, afterEventId: number): Promise<RunProgress | undefined> {
      const rows = await queries
        .selectFrom('runs')
        .leftJoin('run_events', (join) =>
          join
            .onRef('run_events.run_id', '=', 'runs.id')
            .on('run_events.last_event_id', '>', afterEventId),
        )
        .select(['runs.status', 'runs.attempts'])
        .select(['run_events.first_event_id as firstEventId', 'run_events.events'])
        .where('runs.id', '=', runId)
        .orderBy('run_events.first_event_id')
        .$castTo<ProgressRow>()
        .execute();
      const [first] = rows;
      return first && { ...first, batches: rows.flatMap(toBatch) };
    },

    /** Removes events of runs that ended before the retention, some at a time; tells how many batches went. */
    async purge(retentionMinutes: number, limit: number): Promise<number> {
      const cutoff = sql<string>`now() - make_interval(mins => ${retentionMinutes})`;
      const result = await queries
        .deleteFrom('run_events')
        .where((row) =>
          row(
            row.refTuple('run_id', 'first_event_id'),
            'in',
            row
              .selectFrom('run_events as old')
              .innerJoin('runs', 'runs.id', 'old.run_id')
              .select(['old.run_id', 'old.first_event_id'])
              .where('old.created_at', '<', cutoff)
              .where('runs.finished_at', '<', cutoff)
              .limit(limit)
              .$asTuple('run_id', 'first_event_id'),
          ),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function toBatch({ firstEventId, events }: ProgressRow): readonly EventBatch[] {
  if (firstEventId === null || events === null) return [];
  return [{ firstEventId, events: events.split('\n') }];
}
