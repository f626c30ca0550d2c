import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Client } from '#test/client';
import { formatRequest, pickAddress, sendRaw, type RawAnswer } from '#test/raw-http';
import { startTestService, type TestService } from '#test/service';

const open: TestService[] = [];
afterAll(async () => {
  for (const test of open) await test.close();
});

async function start(settings: Readonly<Record<string, string>>): Promise<TestService> {
  const test = await startTestService(settings);
  open.push(test);
  return test;
}

describe('one address', () => {
  let test: TestService;
  beforeAll(async () => {
    test = await start({ RATE_LIMIT_LOGIN: '20/minute', RATE_LIMIT_DEFAULT: '5/minute' });
  });

  it('signs in twenty times a minute, whatever address the client claims to have', async () => {
    const from = pickAddress();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => signIn(from, index)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(20);
    expect(refused).toHaveLength(80);
    for (const { headers, body } of refused) {
      const seconds = Number(headers.get('retry-after'));
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(60);
      expect(headers.get('ratelimit-policy')).toBe('"login";q=20;w=60');
      expect(headers.get('ratelimit')).toMatch(/^"login";r=0;t=\d+$/);
      expect(JSON.parse(body)).toMatchObject({
        status: 429,
        code: 'RATE_LIMITED',
        title: 'Rate limit exceeded',
        detail: `20/minute limit reached. Retry after ${seconds} seconds.`,
        trace_id: headers.get('x-trace-id'),
      });
    }
  });

  it('is not stopped from the probes by any limit', async () => {
    const from = pickAddress();
    const probe = () => sendRaw(test.baseUrl, formatRequest('GET /health/ready'), { from });
    const answers = await Promise.all(Array.from({ length: 20 }, probe));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  /** The three headers in which a proxy would name the client; nobody said that there is one. */
  function signIn(from: string, index: number): Promise<RawAnswer> {
    const claimed = `203.0.113.${index}`;
    const body = JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'wrong' });
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
      'X-Forwarded-For': claimed,
      'X-Real-IP': claimed,
      Forwarded: `for=${claimed}`,
    };
    const request = formatRequest('POST /api/v1/auth/login', headers, body);
    return sendRaw(test.baseUrl, request, { from });
  }
});

describe('one user', () => {
  let test: TestService;
  let client: Client;
  let other: Client;
  beforeAll(async () => {
    test = await start({
      RATE_LIMIT_DEFAULT: '4/minute',
      RATE_LIMIT_CHAT_FREE: '2/minute',
      RATE_LIMIT_CHAT_STREAM: '1/minute',
    });
    client = (await signUp(test.baseUrl)).client;
    other = (await signUp(test.baseUrl)).client;
  });

  it('is counted down in every answer, and refused without a trace of what was asked', async () => {
    const left: (string | undefined)[] = [];
    for (let number = 1; number <= 4; number += 1) {
      const { status, headers } = await client.post('/projects', { name: `Number ${number}` });
      expect(status).toBe(201);
      expect(headers.get('ratelimit-policy')).toBe('"default";q=4;w=60');
      left.push(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]);
    }
    expect(left).toEqual(['3', '2', '1', '0']);
    const refused = await client.post('/projects', { name: 'One too many' });
    expect(refused.status).toBe(429);
    expect(refused.body.detail).toMatch(/^4\/minute limit reached\. Retry after \d+ seconds\.$/);
    const { rows } = await countProjects(test);
    expect(rows).toBe(4);
  });

  it('is counted apart from another at the same address', async () => {
    expect((await other.get('/projects')).status).toBe(200);
  });

  it('chats as often as the team may, and streams as often as streams may', async () => {
    const asked = [await other.post('/chat', { message: 'One' })];
    asked.push(await other.post('/chat', { message: 'Two' }));
    asked.push(await other.post('/chat', { message: 'Three' }));
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(asked[2]?.body.detail).toMatch(/^2\/minute limit reached\./);
    const first = await other.stream('/chat/stream', { message: 'Four' });
    const second = await other.stream('/chat/stream', { message: 'Five' });
    expect([first.response.status, second.response.status]).toEqual([200, 429]);
    await Array.fromAsync(first.events);
  });
});

async function countProjects({ database }: TestService): Promise<{ rows: number }> {
  return database
    .forSystem()
    .selectFrom('projects')
    .select((row) => row.fn.countAll<number>().as('rows'))
    .executeTakeFirstOrThrow();
}
