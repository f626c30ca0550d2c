import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import {
  CLIENT_CAPABILITIES_META_KEY,
  Client as McpClient,
  PROTOCOL_VERSION_META_KEY,
  StreamableHTTPClientTransport,
  type CallToolResult,
} from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signUp, uploadAndWait, type Client, type Json } from '#test/client';
import { startServerProcess, type ServerProcess } from '#test/server-process';
import { numberedSentences } from '#test/texts';

const TOOLS = ['list_projects', 'list_documents', 'read_document', 'search_project'];
const SENTENCES = 400;
const ALLOWED_ORIGIN = 'https://app.example.com';

let server: ServerProcess;
let dataDir: string;
let ada: Client;
let eve: Client;
let project: Json;
let foreign: Json;
let heron: Json;
let long: Json;
let readKey: string;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'groundwork-mcp-'));
  server = await startServerProcess({ dataDir, settings: { CORS_ORIGINS: ALLOWED_ORIGIN } });
  [ada, eve] = [(await signUp(server.baseUrl)).client, (await signUp(server.baseUrl)).client];
  project = (await ada.post('/projects', { name: 'Birds', description: 'Of ponds' })).body;
  foreign = (await eve.post('/projects', { name: 'Secret zoo' })).body;
  const content = 'The heron eats frogs and small fish.';
  heron = await uploadAndWait(ada, project.id, { name: 'herons.txt', content });
  long = await uploadAndWait(ada, project.id, {
    name: 'long.txt',
    content: numberedSentences('osprey', SENTENCES),
  });
  await uploadAndWait(eve, foreign.id, { name: 'zebra.txt', content: 'The zebra has stripes.' });
  readKey = (await issueKey(ada, ['read'])).key;
}, 120_000);
afterAll(async () => {
  await server.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function issueKey(client: Client, scopes: readonly string[]) {
  const { body } = await client.post('/api-keys', { name: 'Editor', scopes });
  return { id: String(body.id), key: String(body.key) };
}

/** As an editor connects: an address, and a header with the key. */
async function connect(key: string, mode: 'auto' | 'legacy' = 'auto') {
  const client = new McpClient(
    { name: 'editor', version: '1' },
    mode === 'auto' ? { versionNegotiation: { mode } } : {},
  );
  const transport = new StreamableHTTPClientTransport(new URL(`${server.baseUrl}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  });
  await client.connect(transport);
  return client;
}

function textOf({ content }: CallToolResult): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

async function withClient<T>(use: (client: McpClient) => Promise<T>, key = readKey): Promise<T> {
  const client = await connect(key);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

function callTool(name: string, input: Record<string, unknown>, key?: string) {
  return withClient((client) => client.callTool({ name, arguments: input }), key);
}

async function readPart(offset: number): Promise<{ text: string; next: number | undefined }> {
  const input = { project_id: project.id, document_id: long.id, offset, limit: 9000 };
  const [head = '', ...lines] = textOf(await callTool('read_document', input)).split('\n');
  return { text: lines.join('\n'), next: JSON.parse(head).next_offset };
}

/** What no client of the SDK would send. */
async function post(body: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.baseUrl}/mcp`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readKey}`,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers,
    },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function message(method: string, params: object = {}) {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
}

describe('a client of the official SDK', () => {
  it.each(['auto', 'legacy'] as const)('shakes hands and lists the tools (%s)', async (mode) => {
    const client = await connect(readKey, mode);
    expect(client.getServerVersion()).toMatchObject({ name: 'groundwork' });
    expect(client.getInstructions()).toContain('list_projects');
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(TOOLS.toSorted());
    for (const { name, inputSchema, annotations } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true });
      const required = inputSchema.required ?? [];
      expect.soft(required.includes('project_id'), name).toBe(name !== 'list_projects');
    }
    await client.close();
  });

  it('finds its way from the projects to a passage that can be cited', async () => {
    await withClient(async (client) => {
      const call = (name: string, input: Record<string, unknown>) =>
        client.callTool({ name, arguments: input });
      const { projects } = JSON.parse(textOf(await call('list_projects', {})));
      expect(projects).toEqual([
        { project_id: project.id, name: 'Birds', description: 'Of ponds' },
      ]);
      const listed = await call('list_documents', { project_id: project.id });
      expect(JSON.parse(textOf(listed))).toMatchObject({
        documents: [
          { document_id: heron.id, title: 'herons.txt', status: 'ready' },
          { document_id: long.id, title: 'long.txt' },
        ],
        total: 2,
      });
      const query = 'What does a heron eat?';
      const found = await call('search_project', { project_id: project.id, query, limit: 1 });
      expect(found.isError).toBe(false);
      expect(found.structuredContent).toMatchObject({
        passages: [
          {
            document_id: heron.id,
            document_title: 'herons.txt',
            page: null,
            start_offset: 0,
            end_offset: 36,
            score: expect.any(Number),
            content: 'The heron eats frogs and small fish.',
          },
        ],
        left_out: 0,
      });
      expect(JSON.parse(textOf(found))).toEqual(found.structuredContent);
    });
  });

  it('reads a document by parts, to its end', async () => {
    const parts: string[] = [];
    let offset: number | undefined = 0;
    while (offset !== undefined) {
      const part = await readPart(offset);
      parts.push(part.text);
      offset = part.next;
    }
    expect(parts.length).toBeGreaterThan(2);
    const numbers = [...parts.join('').matchAll(/The osprey (\d+) stands/g)].map(([, n]) =>
      Number(n),
    );
    expect(numbers).toEqual(Array.from({ length: SENTENCES }, (_, index) => index));
  });
});

describe('the rights of a key', () => {
  it('end at its tenant: another one’s project is not there', async () => {
    const inputs: readonly (readonly [string, Record<string, unknown>])[] = [
      ['list_documents', {}],
      ['search_project', { query: 'zebra' }],
      ['read_document', { document_id: heron.id }],
    ];
    for (const [name, input] of inputs) {
      const [theirs, nobodys] = [
        await callTool(name, { ...input, project_id: foreign.id }),
        await callTool(name, { ...input, project_id: randomUUID() }),
      ];
      expect([name, theirs.isError, nobodys.isError]).toEqual([name, true, true]);
      const nameless = (result: CallToolResult) => textOf(result).replace(/"[^"]*"/, '');
      expect(nameless(theirs)).toBe(nameless(nobodys));
      expect(textOf(theirs)).not.toMatch(/zebra has|Secret zoo/);
    }
    const mine = { project_id: project.id, query: 'zebra' };
    expect(JSON.stringify(await callTool('search_project', mine))).not.toContain('stripes');
    const { status } = await post(message('tools/list'), { 'x-team-id': foreign.team_id });
    expect(status).toBe(404);
  });

  it('hold for one that writes too, and for none that works or is gone', async () => {
    const writer = await issueKey(ada, ['write', 'read']);
    expect((await callTool('list_projects', {}, writer.key)).isError).toBe(false);
    await ada.call('DELETE', `/api-keys/${writer.id}`);
    await vi.waitFor(async () => {
      const authorization = `Bearer ${writer.key}`;
      const revoked = await post(message('tools/list'), { authorization });
      expect([revoked.status, revoked.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }, 20_000);
    await expect(connect(writer.key)).rejects.toThrow('401');
    const worker = await issueKey(ada, ['worker']);
    const refused = await post(message('tools/list'), { authorization: `Bearer ${worker.key}` });
    expect([refused.status, JSON.parse(refused.text).error.data.reason]).toEqual([
      403,
      'insufficient_scope',
    ]);
  });

  it('are asked for: without a key there is a 401 that says how', async () => {
    const { status, headers, text } = await post(message('tools/list'), { authorization: '' });
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(JSON.parse(text)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32_000 } });
  });
});

describe('hostile input', () => {
  it.each([
    ['no JSON', '{"jsonrpc"', {}, 400, -32_700],
    ['a batch', '[]', {}, 422, -32_600],
    ['a text', '"tools/list"', {}, 422, -32_600],
    ['a large body', message('tools/list', { pad: 'x'.repeat(70_000) }), {}, 413, -32_000],
    ['a form', 'a=b', { 'content-type': 'text/plain' }, 415, -32_000],
    ['a page elsewhere', message('tools/list'), { origin: 'https://evil.example' }, 403, -32_000],
    ['a page without origin', message('tools/list'), { origin: 'null' }, 403, -32_000],
    ['a poisoned body', '{"__proto__": {"a": 1}, "jsonrpc": "2.0"}', {}, 400, -32_700],
  ])('refuses %s in the words of the protocol', async (_what, body, headers, status, code) => {
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('lets in a page whose origin the deployment knows', async () => {
    expect((await post(message('tools/list'), { origin: ALLOWED_ORIGIN })).status).toBe(200);
  });

  it('has no streams to hold open', async () => {
    const init = { headers: { authorization: `Bearer ${readKey}`, accept: 'text/event-stream' } };
    const get = await fetch(`${server.baseUrl}/mcp`, init);
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const revision = '2026-07-28';
    const method = 'subscriptions/listen';
    const claim = { [PROTOCOL_VERSION_META_KEY]: revision, [CLIENT_CAPABILITIES_META_KEY]: {} };
    const listen = message(method, { notifications: { toolsListChanged: true }, ['_meta']: claim });
    const headers = { 'mcp-protocol-version': revision, 'mcp-method': method };
    expect((await post(listen, headers)).text).toContain('Subscription limit reached');
  });

  it('is told of in the result of the tool, and the server lives', async () => {
    const id = project.id;
    const wrong: readonly (readonly [string, Record<string, unknown>])[] = [
      ['search_project', {}],
      ['search_project', { project_id: id }],
      ['search_project', { project_id: id, query: 7 }],
      ['search_project', { project_id: id, query: 'x'.repeat(2000) }],
      ['search_project', { project_id: id, query: 'a', limit: 1e9 }],
      ['search_project', { project_id: id, query: 'a', other: true }],
      ['search_project', { project_id: "' or 1=1 --", query: 'a' }],
      ['list_documents', { project_id: [id] }],
      ['list_documents', { project_id: id, page: -1 }],
      ['list_projects', { page: 'one' }],
      ['read_document', { project_id: id, document_id: '../../etc/passwd' }],
      ['read_document', { project_id: id, document_id: randomUUID() }],
      ['read_document', { project_id: id, document_id: heron.id, offset: -5 }],
    ];
    for (const [name, input] of wrong) {
      const result = await callTool(name, input);
      expect.soft(result.isError, JSON.stringify(input)).toBe(true);
      expect.soft(textOf(result)).not.toMatch(/select|from "|\.ts|at /i);
    }
    for (const query of ['\0', '\ud800', '*:* & !', '"', '%'.repeat(900)]) {
      const { isError } = await callTool('search_project', { project_id: id, query });
      expect.soft([false, true], query).toContain(isError);
    }
    await expect(callTool('delete_project', { project_id: id })).rejects.toThrow('Unknown tool');
    expect(server.output()).not.toContain('an MCP tool failed');
    await expect(callTool('calculator', { expression: '1' })).rejects.toThrow('Unknown tool');
  });

  it('is limited in its rate, each key by itself', async () => {
    const left = async (key: string) => {
      const { headers } = await post(message('tools/list'), { authorization: `Bearer ${key}` });
      return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    };
    const other = await issueKey(ada, ['read']);
    const [first, second] = [await left(other.key), await left(other.key)];
    expect(second).toBe(first - 1);
    expect(await left(readKey)).toBeLessThan(first);
  });
});
