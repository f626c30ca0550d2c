import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, signUp, type Client, type Json } from '#test/client';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { startModelServer, type ModelServer } from '#test/model-server';
import { exitOf, spawnServer, startServerProcess, type ServerProcess } from '#test/server-process';

let dataDir: string;
let database: ProcessDatabase;
let model: ModelServer;
let server: ServerProcess;

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-crash-'));
  database = await createProcessDatabase();
  model = await startModelServer();
  server = await start();
});
afterEach(async () => {
  await server.kill();
  await model.close();
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('a process that is killed', () => {
  it('during an upload leaves no document, and takes the same one afterwards', async () => {
    const { client, login } = await signUp(server.baseUrl);
    const { id: projectId } = (await client.post('/projects', { name: 'Crash' })).body;
    await sendHalfAnUpload(
      `${server.baseUrl}/api/v1/projects/${projectId}/documents`,
      login.access_token,
    );
    await restart();
    const again = createClient(server.baseUrl, login.access_token);
    const documents = `/projects/${projectId}/documents`;
    expect((await again.get(documents)).body.total).toBe(0);
    expect((await again.upload(documents, 'whole at last', 'note.txt')).status).toBe(202);
  });

  it('during an ingestion finishes it after the restart, whole and once', async () => {
    const { client, login } = await signUp(server.baseUrl);
    const { id: projectId } = (await client.post('/projects', { name: 'Crash' })).body;
    const documents = `/projects/${projectId}/documents`;
    const text = Array.from(
      { length: 60_000 },
      (_, line) => `Line ${line} tells of zebra${line}.`,
    ).join('\n\n');
    const { id } = (await client.upload(documents, text, 'long.txt')).body;
    await expect
      .poll(async () => (await client.get(`${documents}/${id}`)).body.status, {
        interval: 5,
        timeout: 30_000,
      })
      .toBe('processing');
    await restart();
    const again = createClient(server.baseUrl, login.access_token);
    expect((await search(again, projectId, 'zebra17')).length).toBeLessThanOrEqual(1);
    await expect
      .poll(async () => (await again.get(`${documents}/${id}`)).body.status, {
        interval: 200,
        timeout: 90_000,
      })
      .toBe('ready');
    const document = (await again.get(`${documents}/${id}`)).body;
    const chunks = (await again.get(`${documents}/${id}/chunks?page_size=1`)).body;
    expect(chunks.total).toBe(document.chunk_count);
    expect(
      (await search(again, projectId, 'zebra59999')).map(({ document_id: found }) => found),
    ).toEqual([id]);
  });

  it('during a stream ends the answer after the restart, and the conversation goes on', async () => {
    const { client, login } = await signUp(server.baseUrl);
    const { events } = await client.stream('/chat/stream', { message: 'Tell me much' });
    const seen: Json[] = [];
    await expect(async () => {
      for await (const { data } of events) {
        seen.push(data);
        if (seen.length === 60) await server.kill();
      }
    }).rejects.toThrow(/terminated|closed|reset/i);
    const [{ session_id: sessionId }] = seen;
    await restart();
    const again = createClient(server.baseUrl, login.access_token);
    const messages = `/chat/sessions/${sessionId}/messages`;
    await expect
      .poll(async () => (await statuses(again, messages)).assistant, { timeout: 60_000 })
      .toBe('complete');
    const { status } = await again.post('/chat', { message: 'Go on', session_id: sessionId });
    expect(status).toBe(200);
    expect((await again.get(messages)).body.total).toBe(4);
  });
});

describe('a second process', () => {
  it.skipIf(process.env['TEST_DATABASE_URL'])(
    'on the same data folder is refused with a clear word',
    async () => {
      await expect(startServerProcess({ dataDir })).rejects.toThrow(/in use by process \d+/);
    },
  );

  it('on the same port is refused with a clear word, and ends', async () => {
    const { port } = new URL(server.baseUrl);
    expect(await refusalAt({ PORT: port })).toContain(`127.0.0.1:${port} is in use`);
  });
});

it('an address of another machine is refused with a clear word', async () => {
  expect(await refusalAt({ HOST: '192.0.2.1', PORT: '8000' })).toContain(
    '192.0.2.1:8000 is none of this machine',
  );
});

/** What a server says that ends because it cannot listen. */
async function refusalAt(address: Readonly<Record<string, string>>): Promise<string> {
  const ownDir = mkdtempSync(join(tmpdir(), 'groundwork-port-'));
  const settings = { ...database.settings, ...address };
  const child = spawnServer(['serve'], { dataDir: ownDir, settings });
  child.stdout?.resume();
  const said = child.stderr ? readText(child.stderr) : '';
  expect(await exitOf(child)).toBe(1);
  rmSync(ownDir, { recursive: true, force: true });
  return said;
}

function start(): Promise<ServerProcess> {
  const settings = { LLM_BASE_URL: model.baseUrl, LLM_API_KEY: 'test', LLM_MODEL: 'test-model' };
  return startServerProcess({ dataDir, settings: { ...settings, ...database.settings } });
}

async function restart(): Promise<void> {
  await server.kill();
  server = await start();
}

async function search(client: Client, projectId: string, query: string): Promise<Json[]> {
  return (await client.post(`/projects/${projectId}/search`, { query })).body.items;
}

async function statuses(client: Client, path: string): Promise<Record<string, string>> {
  const { body } = await client.get(path);
  return Object.fromEntries(body.items.map(({ role, status }: Json) => [role, status]));
}

/** Opens an upload, sends a part of its bytes, and returns with the connection still open. */
function sendHalfAnUpload(url: string, accessToken: string): Promise<void> {
  return new Promise((resolve) => {
    const outgoing = request(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'multipart/form-data; boundary=cut',
      },
    });
    outgoing.on('error', () => undefined);
    outgoing.write(
      '--cut\r\ncontent-disposition: form-data; name="file"; filename="half.txt"\r\n\r\n',
    );
    outgoing.write('half of it '.repeat(50_000), () => setTimeout(resolve, 200));
  });
}
