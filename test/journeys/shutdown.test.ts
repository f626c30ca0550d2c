import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readAll, readSome, textOf, typesOf } from '../../src/modules/chat/testing/read-chat.ts';
import { createClient, signUp, type Client, type Json } from '#test/client';
import { startModelServer, type ModelServer } from '#test/model-server';
import { startModelWire, type ModelWire } from '#test/model-wire';
import { createProcessDatabase, type ProcessDatabase } from '#test/process-database';
import { spawnServer, startServerProcess, type ServerProcess } from '#test/server-process';
import { numberedSentences } from '#test/texts';

const STREAMS = 20;
const DOCUMENTS = 5;
const POLL = { timeout: 10_000, interval: 20 };
const INGESTED = { timeout: 40_000, interval: 100 };

let model: ModelServer;
let wire: ModelWire;
let dataDir: string;
let database: ProcessDatabase;
const running: ServerProcess[] = [];

beforeAll(async () => {
  model = await startModelServer({ tokenDelayMs: 0 });
  wire = await startModelWire(model.mock.url);
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-shutdown-'));
  database = await createProcessDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(dataDir, { recursive: true, force: true });
  await wire.close();
  await model.close();
});
beforeEach(() => wire.reset());
afterEach(async () => {
  for (const server of running.splice(0)) await server.kill();
});

describe('a process that is asked to end', () => {
  it('is not ready at once, takes no new question, lets streams finish, and ends with 0', async () => {
    const server = await start();
    const { client } = await signUp(server.baseUrl);
    wire.holdAfter(10);
    const { events } = await client.stream('/chat/stream', { message: 'Tell me much' });
    const some = await readSome(events, 5);

    server.signal('SIGTERM');
    await expectDraining(server);
    expect((await client.get('/health/live')).status).toBe(200);
    const refused = await client.post('/chat', { message: 'One more' });
    expect(refused).toMatchObject({ status: 503, body: { reason: 'shutting_down' } });
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);

    wire.release();
    const rest = await readAll(events);
    expect(textOf([...some, ...rest])).toMatch(/^w0000 .* w0199 $/);
    expect(typesOf(rest).slice(-2)).toEqual(['usage', '[DONE]']);
    expect(await server.exited).toBe(0);
  });

  it('tells every stream that does not finish in time, and leaves what it had to the next', async () => {
    const server = await start({ SHUTDOWN_GRACE_SECONDS: '6' });
    const { client } = await signUp(server.baseUrl);
    wire.holdAfter(10);
    const streams = await Promise.all(
      Array.from({ length: STREAMS }, () => client.stream('/chat/stream', { message: 'Well?' })),
    );
    const begun = await Promise.all(streams.map(({ events }) => readSome(events, 5)));
    const documents = await uploadLongTexts(client);

    server.signal('SIGTERM');
    const ends = await Promise.all(streams.map(({ events }) => readAll(events)));
    expect(await server.exited).toBe(0);
    for (const end of ends) {
      expect(typesOf(end).slice(-2)).toEqual(['error', '[DONE]']);
      const problem = { code: 'SERVICE_UNAVAILABLE', reason: 'shutting_down' };
      expect(end.at(-2)?.data).toMatchObject(problem);
    }
    await Promise.all(wire.calls.map(({ abandoned }) => abandoned));
    expect(wire.calls).toHaveLength(STREAMS);

    const again = createClient((await start()).baseUrl, client.accessToken);
    const { session_id: sessionId } = begun[0]?.[0]?.data ?? {};
    const { items } = (await again.get(`/chat/sessions/${sessionId}/messages`)).body;
    expect(items.at(-1)).toMatchObject({ status: 'incomplete', finish_reason: 'shutdown' });
    expect(items.at(-1).content).toMatch(/^w0000 /);
    await expect
      .poll(async () => statusesOf((await again.get(documents)).body), INGESTED)
      .toEqual(Array.from({ length: DOCUMENTS }, () => 'ready'));
  });

  it('ends at once when it is asked again', async () => {
    const server = await start({ SHUTDOWN_GRACE_SECONDS: '600' });
    const { client } = await signUp(server.baseUrl);
    wire.holdAfter(10);
    const { events } = await client.stream('/chat/stream', { message: 'Well?' });
    await readSome(events, 5);
    server.signal('SIGTERM');
    await expectDraining(server);
    server.signal('SIGINT');
    expect(await server.exited).toBe(1);
    await expect(readAll(events)).rejects.toThrow(/terminated|aborted|closed/);
  });
});

describe('a process with five wrong settings', () => {
  const SECRETS = { JWT_SECRET_KEY: 'canary-1', METRICS_TOKEN: 'canary-2' };
  const WRONG = {
    PORT: 'abc',
    PUBLIC_URL: 'not a url, canary-3',
    LOG_FORMAT: 'xml',
    LLM_RETRIES: '-1',
    ...SECRETS,
  };

  it('does not start, names all of them at once, and prints no secret', async () => {
    const { exitCode, output } = await run(['serve'], { APP_ENV: 'production', ...WRONG });
    expect(exitCode).toBe(78);
    for (const name of [...Object.keys(WRONG), 'DATABASE_URL', 'CORS_ORIGINS']) {
      expect.soft(output).toContain(name);
    }
    for (const secret of Object.values(SECRETS)) expect(output).not.toContain(secret);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('says so in the same way to every command that needs settings', async () => {
    for (const command of [['config'], ['migrate', 'status'], ['worker']]) {
      const { exitCode, output } = await run(command, { PORT: 'abc' });
      expect.soft(exitCode, command.join(' ')).toBe(78);
      expect.soft(output, command.join(' ')).toContain('PORT');
    }
  });
});

async function start(settings: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const server = await startServerProcess({
    dataDir,
    settings: { LLM_BASE_URL: wire.baseUrl, ...database.settings, ...settings },
  });
  running.push(server);
  return server;
}

/** Gives more to do than is done in a moment, and tells where it can be seen. */
async function uploadLongTexts(client: Client): Promise<string> {
  const { id } = (await client.post('/projects', { name: 'Handed over' })).body;
  for (let number = 0; number < DOCUMENTS; number += 1) {
    const text = numberedSentences(`word${number}`, 3000);
    const { status } = await client.upload(`/projects/${id}/documents`, text, `${number}.txt`);
    expect(status).toBe(202);
  }
  return `/projects/${id}/documents`;
}

const statusesOf = ({ items }: Json): string[] => items.map(({ status }: Json) => status);

async function expectDraining({ baseUrl }: ServerProcess): Promise<void> {
  const visitor: Client = createClient(baseUrl);
  await expect.poll(async () => (await visitor.get('/health/ready')).status, POLL).toBe(503);
  expect((await visitor.get('/health/ready')).body).toMatchObject({ reason: 'draining' });
}

/** Runs a command to its end; everything it printed, and how it ended. */
async function run(args: readonly string[], settings: Readonly<Record<string, string>>) {
  const child = spawnServer(args, { dataDir, settings });
  let output = '';
  child.stdout?.on('data', (part) => (output += String(part)));
  child.stderr?.on('data', (part) => (output += String(part)));
  await once(child, 'close');
  return { exitCode: child.exitCode, output };
}
