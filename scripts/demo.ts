// Tells the product's first story over its HTTP API: sign up, make a project, upload documents, ask.
// `make demo` starts a server of its own on an empty data folder; `make demo URL=http://...` uses yours.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { createApiClient, type ApiClient } from './demo-client.ts';

const DOCUMENTS = ['handbook.pdf', 'warranty.docx', 'release-notes.md'];
const POLL_MS = 200;
const READY_TIMEOUT_MS = 120_000;

/** Whatever the surroundings say, the demonstration's own server keeps everything in its folder. */
const OWN_STORES = {
  APP_ENV: 'development',
  DATABASE_URL: '',
  POSTGRES_URL: '',
  REDIS_URL: '',
  REDIS_HOST: '',
  STORAGE_LOCAL_PATH: '',
};

const [givenUrl] = process.argv.slice(2);
try {
  if (givenUrl) await tellStory(givenUrl.replace(/\/+$/, ''));
  else await withOwnServer(tellStory);
} catch (error) {
  console.error(`\nThe demonstration failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function tellStory(baseUrl: string): Promise<void> {
  const email = `demo-${Date.now()}@example.com`;
  const password = 'Demonstration-1!';
  const visitor = createApiClient(baseUrl);

  heading('A person signs up and signs in');
  const user = await visitor.post('/auth/register', { email, password });
  const { access_token: accessToken } = await visitor.post('/auth/login', { email, password });
  say(`${user.email} is user ${user.id}, tier ${user.tier}`);

  heading('They make a project and upload three documents');
  const api = createApiClient(baseUrl, accessToken);
  const project = await api.post('/projects', { name: 'Demonstration' });
  say(`project ${project.id}`);
  for (const name of DOCUMENTS) await uploadAndWait(api, project.id, name);

  let sessionId: string | undefined;
  for (const { question } of readQuestions()) {
    heading(`They ask: ${question}`);
    sessionId = await ask(api, {
      message: question,
      project_id: project.id,
      session_id: sessionId,
    });
  }
}

async function uploadAndWait(api: ApiClient, projectId: string, name: string): Promise<void> {
  const file = new File([readFileSync(join('examples', name))], name);
  const path = `/projects/${projectId}/documents`;
  let document = await api.upload(path, file);
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (document.status === 'pending' || document.status === 'processing') {
    if (Date.now() > deadline) throw new Error(`${name} is still ${document.status}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    document = await api.get(`${path}/${document.id}`);
  }
  if (document.status !== 'ready') throw new Error(`${name} ${document.status}: ${document.error}`);
  const pages = document.page_count ? `${document.page_count} pages, ` : '';
  say(`${name}: ready, ${pages}${document.chunk_count} passages`);
}

/** Prints the answer as it streams, then its citations, and returns the session to go on with. */
async function ask(api: ApiClient, body: object): Promise<string | undefined> {
  const { events, traceId } = await api.stream('/chat/stream', body);
  let sessionId: string | undefined;
  const citations: string[] = [];
  process.stdout.write('  ');
  for await (const event of events) {
    if (event.type === 'session') sessionId = event.session_id;
    if (event.type === 'token') process.stdout.write(event.content.replaceAll('\n', '\n  '));
    if (event.type === 'citation') {
      citations.push(
        `${event.document_title}${event.page ? `, page ${event.page}` : ''}: "${event.quote}"`,
      );
    }
    if (event.type === 'error') throw new Error(event.detail);
  }
  process.stdout.write('\n');
  for (const citation of citations) say(styleText('green', citation));
  say(styleText('dim', `trace_id ${traceId}`));
  return sessionId;
}

async function withOwnServer(story: (baseUrl: string) => Promise<void>): Promise<void> {
  const port = await findFreePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'groundwork-demo-'));
  const ownSettings = { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'warn' };
  const server = spawn(process.execPath, ['src/main.ts', 'serve'], {
    env: { ...process.env, ...OWN_STORES, ...ownSettings },
    stdio: 'inherit',
  });
  const ended = once(server, 'exit');
  const stop = () => server.kill('SIGTERM');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const tell = async () => {
    const baseUrl = `http://127.0.0.1:${port}`;
    await waitUntilReady(baseUrl, () => server.exitCode === null && server.signalCode === null);
    await story(baseUrl);
  };
  try {
    await Promise.race([tell(), ended.then(([code, signal]) => refuse(code ?? signal))]);
  } finally {
    stop();
    await ended;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function refuse(outcome: string | number): never {
  throw new Error(`the server ended (${outcome}) before the story did`);
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || !address) throw new Error('no free port');
  return address.port;
}

async function waitUntilReady(baseUrl: string, isRunning: () => boolean): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && isRunning()) {
    const isReady = await fetch(`${baseUrl}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`no server at ${baseUrl}`);
}

function readQuestions(): readonly { readonly question: string }[] {
  return JSON.parse(readFileSync(join('examples', 'questions.json'), 'utf8'));
}

function heading(text: string): void {
  console.log(`\n${styleText('bold', text)}`);
}

function say(text: string): void {
  console.log(`  ${text}`);
}
