import type { BaseCheckpointSaver, ChannelVersions } from '@langchain/langgraph-checkpoint';
import type { LimitFunction } from 'p-limit';
import type pg from 'pg';

/**
 * LangGraph's own saver on our pool, loaded when it is first asked for. Its tables come with our migrations.
 * `inTurn` keeps runs that all save at once from taking every connection.
 */
export function createPostgresCheckpointer(
  pool: pg.Pool,
): (inTurn: LimitFunction) => Promise<BaseCheckpointSaver> {
  return async (inTurn) => {
    const { PostgresSaver } = await import('@langchain/langgraph-checkpoint-postgres');
    const saver = new PostgresSaver(pool);
    const getTuple = saver.getTuple.bind(saver);
    const put = saver.put.bind(saver);
    saver.getTuple = (config) => inTurn(() => getTuple(config));
    saver.put = (...[config, checkpoint, metadata, newVersions]) => {
      const versions = withValues(newVersions, checkpoint.channel_values);
      return inTurn(() => put(config, checkpoint, metadata, versions));
    };
    return saver;
  };
}

/** A channel without a value gets a row of its own that is never read: leaving it out saves six statements a run. */
function withValues(
  versions: ChannelVersions,
  values: Readonly<Record<string, unknown>>,
): ChannelVersions {
  return Object.fromEntries(Object.entries(versions).filter(([channel]) => channel in values));
}
