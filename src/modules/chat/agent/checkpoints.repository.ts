import { sql } from 'kysely';
import type { Queries } from '#platform/db/database';
import type { SessionId } from '#shared/ids';

export type CheckpointsRepository = ReturnType<typeof createCheckpointsRepository>;

/** The agent's state as LangGraph's saver lays it down: what the saver itself cannot do with it. */
export function createCheckpointsRepository(queries: Queries) {
  return {
    /** Removes all but a thread's latest checkpoint: nothing reads the earlier ones. */
    async keepLatest(threadId: SessionId): Promise<void> {
      await sql`
        with latest as materialized (
          select checkpoint_id, checkpoint -> 'channel_versions' as versions
          from checkpoints where thread_id = ${threadId} and checkpoint_ns = ''
          order by checkpoint_id desc limit 1
        ), former_writes as (
          delete from checkpoint_writes former using latest
          where former.thread_id = ${threadId} and former.checkpoint_id < latest.checkpoint_id
        ), former_checkpoints as (
          delete from checkpoints former using latest
          where former.thread_id = ${threadId} and former.checkpoint_id < latest.checkpoint_id
        )
        delete from checkpoint_blobs former using latest
        where former.thread_id = ${threadId}
          and latest.versions ->> former.channel is distinct from former.version
      `.execute(queries);
    },

    async deleteThread(threadId: SessionId): Promise<void> {
      await sql`
        with writes as (delete from checkpoint_writes where thread_id = ${threadId}),
          blobs as (delete from checkpoint_blobs where thread_id = ${threadId})
        delete from checkpoints where thread_id = ${threadId}
      `.execute(queries);
    },
  };
}
