import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, signUp, type Client } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';

const SERVICE_KEY = 'sk-of-the-service';
const WITHIN = { timeout: 5000, interval: 50 };

// The embedded database belongs to one process.
describe.runIf(process.env['TEST_DATABASE_URL'])('a key of a team on two processes', () => {
  let dataDir: string;
  let database: ProcessDatabase;
  let model: ModelServer;
  let wire: ModelWire;
  let servers: readonly [ServerProcess, ServerProcess];

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'groundwork-keys-'));
    database = await createProcessDatabase();
    model = await startModelServer({ tokenDelayMs: 0 });
    wire = await startModelWire(model.mock.url);
    servers = [await start(), await start()];
  }, 120_000);
  afterAll(async () => {
    for (const server of servers) await server.kill();
    await wire.close();
    await model.close();
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = () =>
    startServerProcess({
      dataDir,
      settings: {
        ...database.settings,
        ...(process.env['TEST_REDIS_URL'] && { REDIS_URL: process.env['TEST_REDIS_URL'] }),
        ENCRYPTION_KEY: 'a-key-that-both-processes-have-1234567',
        CACHE_REVOKE_SECONDS: '3',
        LLM_BASE_URL: wire.baseUrl,
        LLM_API_KEY: SERVICE_KEY,
        LLM_MODEL: 'gpt-4o-mini',
      },
    });

  async function keySeenBy(client: Client): Promise<string | undefined> {
    wire.reset();
    expect((await client.post('/ai/completions', { prompt: 'Tell me' })).status).toBe(200);
    return wire.calls[0]?.headers.authorization;
  }

  it('is brought, replaced and removed on one, and seen on the other within five seconds', async () => {
    const { client: here, login } = await signUp(servers[0].baseUrl);
    const there = createClient(servers[1].baseUrl, login.access_token);
    expect(await keySeenBy(there)).toBe(`Bearer ${SERVICE_KEY}`);

    const key = { provider: 'openai', key: 'sk-the-first-of-the-team' };
    const path = `/provider-keys/${(await here.post('/provider-keys', key)).body.id}`;
    await expect.poll(() => keySeenBy(there), WITHIN).toBe(`Bearer ${key.key}`);
    await here.call('PATCH', path, { key: 'sk-the-second-of-the-team' });
    await expect.poll(() => keySeenBy(there), WITHIN).toBe('Bearer sk-the-second-of-the-team');
    await here.call('DELETE', path);
    await expect.poll(() => keySeenBy(there), WITHIN).toBe(`Bearer ${SERVICE_KEY}`);
  });
});
