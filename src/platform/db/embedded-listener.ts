import pg from 'pg';
import type { Listening, ListenHandlers } from './engine.ts';

/** Notifications of the embedded Postgres: they come over the one connection that does everything. */
export function createSharedListener() {
  const byChannel = new Map<string, Set<ListenHandlers>>();

  return {
    /** Takes a new connection, and listens on it to what the one before listened to. */
    async attach(client: pg.ClientBase): Promise<void> {
      client.on('notification', ({ channel, payload = '' }) => {
        for (const { onNotification } of byChannel.get(channel) ?? []) onNotification(payload);
      });
      for (const [channel, listeners] of byChannel) {
        await client.query(`listen ${pg.escapeIdentifier(channel)}`);
        for (const { onReconnect } of listeners) onReconnect();
      }
    },

    async listen(
      channel: string,
      { handlers, pool }: { readonly handlers: ListenHandlers; readonly pool: pg.Pool },
    ): Promise<Listening> {
      await pool.query(`listen ${pg.escapeIdentifier(channel)}`);
      const listeners = byChannel.get(channel) ?? new Set();
      byChannel.set(channel, listeners.add(handlers));
      return {
        async close() {
          listeners.delete(handlers);
        },
      };
    },
  };
}
