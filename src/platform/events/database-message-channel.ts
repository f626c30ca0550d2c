import type { ServiceDatabase } from '#platform/db/create-database';
import type { MessageChannel } from './message-channel.ts';

const CHANNEL = 'groundwork_events';

/** Lets processes that share a database server, and no Redis, tell each other. */
export function createDatabaseMessageChannel({
  pool,
  listen,
}: Pick<ServiceDatabase, 'pool' | 'listen'>): MessageChannel {
  return {
    async publish(message) {
      await pool.query('select pg_notify($1, $2)', [CHANNEL, message]);
    },
    open: ({ onMessage, onGap }) =>
      listen(CHANNEL, { onNotification: onMessage, onReconnect: onGap }),
  };
}
