import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Client, type Json } from '#test/client';
import { startTestService, type TestService } from '#test/service';

const ORIGIN = 'https://app.example.com';

let test: TestService;
let client: Client;

beforeAll(async () => {
  test = await startTestService({ CORS_ORIGINS: ORIGIN });
  client = (await signUp(test.baseUrl)).client;
});
afterAll(() => test.close());

describe('the ids of a request', () => {
  it('stand on every answer, whatever it is', async () => {
    const { id } = (await client.post('/projects', { name: 'Traced' })).body;
    const answers = [
      await fetch(`${test.baseUrl}/health`),
      await fetch(`${test.baseUrl}/metrics`),
      await fetch(`${test.baseUrl}/openapi.json`),
      await fetch(`${test.baseUrl}/docs/`),
      await fetch(`${test.baseUrl}/nothing`),
      await preflight(ORIGIN),
      await client.request('GET', '/projects'),
      await client.request('GET', `/projects/${randomUUID()}`),
      await client.request('DELETE', `/projects/${id}`),
      await client.request('POST', '/projects'),
    ];
    for (const { url, headers } of answers) {
      expect.soft(headers.get('x-trace-id'), url).toMatch(/^[0-9a-f]{32}$/);
      expect.soft(headers.get('x-request-id'), url).toEqual(expect.any(String));
      expect.soft(headers.get('x-content-type-options'), url).toBe('nosniff');
    }
    expect(new Set(answers.map(({ headers }) => headers.get('x-trace-id'))).size).toBe(
      answers.length,
    );
  });

  it('are taken over where they are sane', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const sane = {
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-request-id': 'from-the-client',
    };
    const { headers } = await client.request('GET', '/users/me', { headers: sane });
    expect(headers.get('x-trace-id')).toBe(traceId);
    expect(headers.get('x-request-id')).toBe('from-the-client');
    const insane = { traceparent: '00-0-0-01', 'x-request-id': `${'x'.repeat(200)} "` };
    const other = await client.request('GET', '/users/me', { headers: insane });
    expect(other.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(other.headers.get('x-request-id')).not.toContain('xxx');
  });
});

describe('Prefer: envelope=trace', () => {
  const headers = { prefer: 'envelope=trace' };

  it('wraps what succeeded, lists and resources, and says so', async () => {
    for (const path of ['/users/me', '/projects']) {
      const plain = (await client.get(path)).body;
      const response = await client.request('GET', path, { headers });
      const traceId = response.headers.get('x-trace-id');
      expect(response.headers.get('preference-applied')).toBe('envelope=trace');
      expect(await response.json()).toEqual({ trace_id: traceId, data: plain });
    }
  });

  it('wraps neither problems, nor streams, nor what has no body', async () => {
    const problem = await client.request('GET', `/projects/${randomUUID()}`, { headers });
    expect(await problem.json()).toMatchObject({ code: 'NOT_FOUND' });
    const { id } = (await client.post('/projects', { name: 'Wrapped' })).body;
    const gone = await client.request('DELETE', `/projects/${id}`, { headers });
    expect([gone.status, await gone.text()]).toEqual([204, '']);
    const stream = await client.request('POST', '/chat/stream', {
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ message: 'Well?' }),
    });
    expect(await stream.text()).toMatch(/^: .*\n\nid: 1\ndata: \{"type":"session"/);
    const document = await fetch(`${test.baseUrl}/openapi.json`, { headers });
    expect(await document.json()).toHaveProperty('openapi');
  });
});

describe('Idempotency-Key', () => {
  it('makes one project of twenty requests at once, and gives its answer again afterwards', async () => {
    const { client: creator } = await signUp(test.baseUrl);
    const key = randomUUID();
    const create = (name: string) => createWith(creator, { key, name });
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('Once')));
    const created = answers.filter(({ status }) => status === 201);
    const busy = answers.filter(({ status }) => status === 409);
    expect(created.length + busy.length).toBe(20);
    expect(new Set(created.map(({ body }) => body.id)).size).toBe(1);
    for (const { body } of busy) expect(body).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect((await creator.get('/projects')).body.total).toBe(1);

    const replayed = await create('Once');
    expect(replayed).toMatchObject({ status: 201, body: created[0]?.body, isReplayed: true });
    expect(await create('Twice')).toMatchObject({
      status: 409,
      body: { code: 'IDEMPOTENCY_CONFLICT' },
    });
    expect((await creator.get('/projects')).body.total).toBe(1);
  });

  it('of another user means nothing', async () => {
    const [one, other] = [await signUp(test.baseUrl), await signUp(test.baseUrl)];
    const key = randomUUID();
    const mine = await createWith(one.client, { key, name: 'Mine' });
    const theirs = await createWith(other.client, { key, name: 'Theirs' });
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(theirs).toMatchObject({ body: { name: 'Theirs' }, isReplayed: false });
  });

  it('is refused when it is too long', async () => {
    const answer = await createWith(client, { key: 'k'.repeat(256), name: 'Long' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'VALIDATION_ERROR' } });
  });
});

describe('a page of another origin', () => {
  it('that is listed may call, with what a browser needs to know', async () => {
    const { status, headers } = await preflight(ORIGIN);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(headers.get('access-control-allow-headers')).toContain('content-type');
    expect(headers.get('vary')).toContain('Origin');
    const answer = await client.request('GET', '/projects', { headers: { origin: ORIGIN } });
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Trace-Id');
  });

  it.each(['https://evil.example', 'null', `${ORIGIN}.evil.example`, 'http://app.example.com'])(
    'such as %s is told nothing',
    async (origin) => {
      const { headers } = await preflight(origin);
      expect(headers.get('access-control-allow-origin')).toBeNull();
      const answer = await client.request('GET', '/projects', { headers: { origin } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

async function createWith(creator: Client, { key, name }: { key: string; name: string }) {
  const response = await creator.request('POST', '/projects', {
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ name }),
  });
  const body: Json = await response.json();
  const isReplayed = response.headers.get('idempotency-replayed') === 'true';
  return { status: response.status, body, isReplayed };
}

function preflight(origin: string): Promise<Response> {
  return fetch(`${test.baseUrl}/api/v1/projects`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}
