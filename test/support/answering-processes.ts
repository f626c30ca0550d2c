import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { readAll } from '../../src/modules/chat/testing/read-chat.ts';
import { readEvents, type Client, type StreamEvent } from './client.ts';
import { createProcessDatabase } from './process-database.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

export type AnsweringProcesses = Awaited<ReturnType<typeof createAnsweringProcesses>>;

/** Processes that answer from one database and one folder: one after another, or side by side. */
export async function createAnsweringProcesses(
  modelUrl: string,
  settings: Readonly<Record<string, string>> = {},
) {
  const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-answering-'));
  const database = await createProcessDatabase();
  const redisUrl = process.env['TEST_REDIS_URL'];
  const running: ServerProcess[] = [];
  return {
    async start(): Promise<ServerProcess> {
      const server = await startServerProcess({
        dataDir,
        settings: {
          LLM_BASE_URL: modelUrl,
          LLM_API_KEY: 'test',
          LLM_MODEL: 'test-model',
          LLM_PRICE_PROMPT: '1',
          LLM_PRICE_COMPLETION: '2',
          JWT_SECRET_KEY: 'the-same-for-all-replicas-of-this-test',
          ...(redisUrl && { REDIS_URL: redisUrl }),
          ...database.settings,
          ...settings,
        },
      });
      running.push(server);
      return server;
    },
    async close(): Promise<void> {
      for (const server of running.splice(0)) await server.kill();
      await database.drop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Reads until the process that answers is gone. */
export async function readUntilKilled(
  events: AsyncIterable<StreamEvent>,
  onEvent: (event: StreamEvent) => unknown,
): Promise<void> {
  await expect(async () => {
    for await (const event of events) await onEvent(event);
  }).rejects.toThrow(/terminated|closed|reset/i);
}

/** Comes back to a stream after the last event that arrived, and reads it to its end. */
export async function resumeStream(
  client: Client,
  seen: readonly StreamEvent[],
): Promise<readonly StreamEvent[]> {
  const headers = { 'last-event-id': String(seen.at(-1)?.id) };
  const path = `/chat/streams/${seen[0]?.data.run_id}`;
  const response = await client.request('GET', path, { headers });
  expect(response.status).toBe(200);
  return [...seen, ...(await readAll(readEvents(response)))];
}

/** Every event came once, and none is missing; the last has no id. */
export function expectEachOnce(events: readonly StreamEvent[]): void {
  const ids = Array.from({ length: events.length - 1 }, (_, index) => String(index + 1));
  expect(events.map(({ id }) => id)).toEqual([...ids, undefined]);
}
