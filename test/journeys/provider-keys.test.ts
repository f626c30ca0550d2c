import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMentions } from '#test/catalogue';
import { createClient, signUp, type Client, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

const CANARY = 'sk-canary-of-a-team-7f3a9c1e5d';

let test: TestService;
let vendor: Vendor;

beforeAll(async () => {
  vendor = await startVendor();
  test = await startTestService({ LLM_BASE_URL: vendor.baseUrl, LOG_LEVEL: 'debug' });
});
afterAll(async () => {
  await test.close();
  await vendor.close();
});

describe('a key that a team brings', () => {
  it('is never shown again, by whatever it is asked for', async () => {
    const { client } = await signUp(test.baseUrl);
    const created = await client.post('/provider-keys', { provider: 'openai', key: CANARY });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      provider: 'openai',
      hint: CANARY.slice(-4),
      base_url: null,
      last_used_at: null,
    });
    const path = `/provider-keys/${created.body.id}`;
    const answers = [
      created,
      await client.get(path),
      await client.get('/provider-keys?provider=openai'),
      await client.call('PATCH', path, { key: `${CANARY}2` }),
      await client.post(`${path}/verify`),
      await client.post('/provider-keys', { provider: 'openai', key: CANARY }),
      await client.post('/provider-keys', { provider: 'nobody', key: CANARY }),
      await client.post('/provider-keys', { provider: 'openai', key: `${CANARY} \n` }),
      await client.call('DELETE', path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([
      201, 200, 200, 200, 200, 409, 422, 422, 204,
    ]);
    expect(JSON.stringify(answers)).not.toContain(CANARY);
    expect(test.logged()).not.toContain(CANARY);
  });

  it('stands nowhere in the database or the cache but sealed', async () => {
    const { client } = await signUp(test.baseUrl);
    const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json' };
    const body = JSON.stringify({ provider: 'openai', key: CANARY });
    await client.request('POST', '/provider-keys', { headers, body });
    await client.post(`/provider-keys/${await keyOf(client)}/verify`);
    expect(await findMentions(test.database, [CANARY])).toEqual([]);
    const cached = JSON.stringify(await test.cached());
    expect(cached).toContain('ai:provider-keys:');
    expect(cached).not.toContain(CANARY);
  });

  it('is made once, however often it is sent with one idempotency key', async () => {
    const { client } = await signUp(test.baseUrl);
    const headers = { 'idempotency-key': randomUUID(), 'content-type': 'application/json' };
    const body = JSON.stringify({ provider: 'gemini', key: CANARY });
    const send = () => client.request('POST', '/provider-keys', { headers, body });
    const [first, again] = [await send(), await send()];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(await again.json()).toEqual(await first.json());
    const other = JSON.stringify({ provider: 'gemini', key: `${CANARY}x` });
    expect((await client.request('POST', '/provider-keys', { headers, body: other })).status).toBe(
      409,
    );
  });

  it('tells of a short one nothing at all', async () => {
    const { client } = await signUp(test.baseUrl);
    const { body } = await client.post('/provider-keys', { provider: 'openai', key: 'sk-1234' });
    expect(body.hint).toBe('');
  });

  it('leaves an entry for each change in the audit log', async () => {
    const { client, user } = await signUp(test.baseUrl);
    await client.post('/provider-keys', { provider: 'openai', key: CANARY });
    const id = await keyOf(client);
    await client.call('PATCH', `/provider-keys/${id}`, { key: `${CANARY}-new1` });
    await client.call('DELETE', `/provider-keys/${id}`);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select(['action', 'before', 'after'])
      .where('actor_id', '=', String(user.id))
      .where('target_id', '=', id)
      .orderBy('created_at')
      .execute();
    expect(entries).toMatchObject([
      { action: 'provider_key.created', before: null, after: { hint: CANARY.slice(-4) } },
      {
        action: 'provider_key.replaced',
        before: { hint: CANARY.slice(-4) },
        after: { hint: 'new1' },
      },
      { action: 'provider_key.deleted', before: { hint: 'new1' }, after: null },
    ]);
  });

  it('is not for programs', async () => {
    const { client } = await signUp(test.baseUrl);
    const { key } = (await client.post('/api-keys', { name: 'Key', scopes: ['read', 'write'] }))
      .body;
    const program = createClient(test.baseUrl, { 'x-api-key': key });
    expect((await program.get('/provider-keys')).status).toBe(401);
    const own = { provider: 'openai', key: CANARY };
    expect((await program.post('/provider-keys', own)).status).toBe(401);
  });
});

describe('the address that a key is for', () => {
  const refused = [
    'http://127.0.0.1/v1',
    'http://169.254.169.254/latest',
    'http://localhost:8080/v1',
    'https://metadata.google.internal/v1',
    'https://user:pw@models.example.com/v1',
    'https://models.example.com:5432/v1',
    'file:///etc/passwd',
  ];

  it.each(refused)('is refused where it is %s', async (baseUrl) => {
    const { client } = await signUp(test.baseUrl);
    const key = { provider: 'openai', key: CANARY, base_url: baseUrl };
    const { status, body } = await client.post('/provider-keys', key);
    expect([status, body.reason]).toEqual([422, 'url_not_allowed']);
    await client.post('/provider-keys', { provider: 'openai', key: CANARY });
    const path = `/provider-keys/${await keyOf(client)}`;
    const changed = await client.call('PATCH', path, { key: CANARY, base_url: baseUrl });
    expect([changed.status, changed.body.reason]).toEqual([422, 'url_not_allowed']);
    expect((await client.get(path)).body.base_url).toBe(null);
  });

  it('is not changed without the key, and can be taken away with it', async () => {
    const { client } = await signUp(test.baseUrl);
    const own = { provider: 'openai', key: CANARY, base_url: 'https://models.example.com/v1' };
    const { body } = await client.post('/provider-keys', own);
    const path = `/provider-keys/${body.id}`;
    const thief = { base_url: 'https://thief.example.com/v1' };
    expect((await client.call('PATCH', path, thief)).status).toBe(422);
    const kept = await client.call('PATCH', path, { key: CANARY });
    expect(kept.body.base_url).toBe(own.base_url);
    const removed = await client.call('PATCH', path, { key: CANARY, base_url: null });
    expect(removed.body.base_url).toBe(null);
  });

  it('is for servers that anybody may run, and a proxy of their own needs one', async () => {
    const { client } = await signUp(test.baseUrl);
    const send = (more: object) => client.post('/provider-keys', { key: CANARY, ...more });
    const base_url = 'https://models.example.com/v1';
    for (const body of [
      { provider: 'anthropic', base_url },
      { provider: 'gemini', base_url },
      { provider: 'litellm' },
      { provider: 'openai', base_url: `${base_url}?a=b` },
    ]) {
      const answer = await send(body);
      expect.soft(answer.status, JSON.stringify(body)).toBe(422);
      expect.soft(answer.body.errors[0].field).toBe('base_url');
    }
    expect((await send({ provider: 'litellm', base_url })).status).toBe(201);
  });
});

describe('asking whether a key is good', () => {
  it('sends it where the service is set up to call, and tells what came of it', async () => {
    const { client } = await signUp(test.baseUrl);
    const { body } = await client.post('/provider-keys', { provider: 'openai', key: CANARY });
    const verify = async () => (await client.post(`/provider-keys/${body.id}/verify`)).body.status;
    vendor.reset((response) => sendJson(response, 200, { object: 'list', data: [] }));
    expect(await verify()).toBe('valid');
    expect(vendor.calls).toMatchObject([
      { url: '/v1/models', method: 'GET', headers: { authorization: `Bearer ${CANARY}` } },
    ]);
    vendor.reset((response) => sendJson(response, 401, { error: CANARY }));
    expect(await verify()).toBe('refused');
    const others: readonly Script[] = [
      (response) => sendJson(response, 500, {}),
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      (response) => response.destroy(),
    ];
    for (const script of others) {
      vendor.reset(script);
      expect(await verify()).toBe('unreachable');
      expect(vendor.calls).toHaveLength(1);
    }
  });
});

async function keyOf(client: Client): Promise<string> {
  const { items }: Json = (await client.get('/provider-keys')).body;
  return String(items[0].id);
}

type Script = (response: ServerResponse) => void;

type Vendor = {
  readonly baseUrl: string;
  readonly calls: readonly IncomingMessage[];
  reset(script: Script): void;
  close(): Promise<void>;
};

/** Whoever stands behind the address of the deployment. */
async function startVendor(): Promise<Vendor> {
  const calls: IncomingMessage[] = [];
  let script: Script = (response) => sendJson(response, 200, { data: [] });
  const server = createServer((request, response) => {
    calls.push(request);
    script(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    calls,
    reset(wanted) {
      calls.splice(0);
      script = wanted;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
