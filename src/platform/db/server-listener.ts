import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Listening, ListenHandlers } from './engine.ts';

type Dependencies = {
  readonly openClient: () => pg.Client;
  readonly onLost: (error: unknown) => void;
};

const RECONNECT_DELAY_MS = 1000;

/** Follows a channel on a connection of its own, and connects again for as long as it is open. */
export async function listenOnServer(
  channel: string,
  handlers: ListenHandlers,
  { openClient, onLost }: Dependencies,
): Promise<Listening> {
  const closing = new AbortController();
  let client = await connect();

  async function connect(): Promise<pg.Client> {
    const next = openClient();
    next.on('notification', ({ payload = '' }) => handlers.onNotification(payload));
    next.on('error', onLost);
    try {
      await next.connect();
      await next.query(`listen ${pg.escapeIdentifier(channel)}`);
    } catch (error) {
      await next.end();
      throw error;
    }
    next.once('end', () => void reconnect());
    return next;
  }

  async function reconnect(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await sleep(RECONNECT_DELAY_MS, undefined, { signal: closing.signal, ref: false });
        client = await connect();
        handlers.onReconnect();
        return;
      } catch (error) {
        if (!closing.signal.aborted) onLost(error);
      }
    }
  }

  return {
    async close() {
      closing.abort();
      await client.end();
    },
  };
}
