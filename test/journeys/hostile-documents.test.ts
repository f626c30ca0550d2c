import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { HOSTILE_DOCUMENTS } from '../../src/modules/knowledge/parsing/testing/hostile-documents.ts';
import { signUp, type Client } from '#test/client';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startServerProcess, type ServerProcess } from '#test/server-process';

const MEBIBYTE = 1024 * 1024;
/** The parser's own limit, for its heap and for its buffers, and what the last check before it may have missed. */
const MOST_MEMORY = 1.6 * 1024 * MEBIBYTE;

let dataDir: string;
let database: ProcessDatabase;
let server: ServerProcess;
let client: Client;
let documents: string;
let tripwire: Server;
let tripwireUrl: string;
let hits = 0;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-hostile-'));
  database = await createProcessDatabase();
  tripwire = createServer((_request, response) => response.end());
  tripwire.on('connection', () => (hits += 1));
  await once(tripwire.listen(0, '127.0.0.1'), 'listening');
  const address = tripwire.address();
  tripwireUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/x`;
  server = await startServerProcess({ dataDir, settings: database.settings });
  ({ client } = await signUp(server.baseUrl));
  const { id: projectId } = (await client.post('/projects', { name: 'Hostile' })).body;
  documents = `/projects/${projectId}/documents`;
});
afterAll(async () => {
  await server.kill();
  tripwire.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

it.each(HOSTILE_DOCUMENTS.map((document) => [document.name, document.fileName, document] as const))(
  '%s (%s) ends within its limits, and does no harm',
  async (...[, , hostile]) => {
    const bytes = Uint8Array.from(await hostile.build(tripwireUrl));
    const uploaded = await client.upload(documents, bytes, hostile.fileName);
    expect(uploaded).toMatchObject({ status: 202 });
    const ended = await vi.waitFor(
      async () => {
        const { body } = await client.get(`${documents}/${uploaded.body.id}`);
        expect(body.status).toMatch(/ready|failed/);
        return body;
      },
      { timeout: 90_000, interval: 50 },
    );
    expect(ended.error_reason ?? ended.status).toBe(hostile.outcome);
  },
  100_000,
);

it('and after them all the next document is found, nothing was called and the memory is bounded', async () => {
  const note = await client.upload(documents, 'The zebra is well.', 'note.txt');
  await vi.waitFor(
    async () => {
      const { body } = await client.get(`${documents}/${note.body.id}`);
      expect(body.status).toBe('ready');
    },
    { timeout: 30_000, interval: 50 },
  );
  expect(hits).toBe(0);
  const metrics = await (await fetch(`${server.baseUrl}/metrics`)).text();
  const resident = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
  expect(resident).toBeLessThan(MOST_MEMORY);
}, 60_000);
