import type { Client, Json } from './client.ts';

/** Has something remembered of somebody who wants that. */
export async function keepMemory(client: Client, content: string): Promise<Json> {
  await client.call('PATCH', '/memories/settings', { enabled: true });
  return (await client.post('/memories', { content })).body;
}
