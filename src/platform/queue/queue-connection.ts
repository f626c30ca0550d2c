import type { ServiceDatabase } from '#platform/db/create-database';
import type { QueueConnection } from './pg-boss-queue.ts';

/** Lets the queue use the service's database, in the service's role. */
export function queueConnection(
  database: Pick<ServiceDatabase, 'isEmbedded' | 'pool' | 'listen'>,
): QueueConnection {
  return {
    isEmbedded: database.isEmbedded,
    executeSql: (text, values) => database.pool.query(text, values),
    listen: (channel, onNotification, onReconnect) =>
      database.listen(channel, { onNotification, onReconnect }),
  };
}
