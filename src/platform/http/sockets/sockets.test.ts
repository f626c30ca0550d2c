import { connect } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { AppError, notFound } from '#platform/errors/app-error';
import { buildActor, buildHttpApp, type TestHttpOptions } from '#test/http-app';
import { openSocket } from '#test/socket-client';
import type { Authenticate, Credentials } from '../authenticator.ts';
import { SOCKET_LIMITS } from './socket-limits.ts';
import { defineTopic, type SocketEvent } from './socket-topic.ts';

const ACTOR = buildActor();
const SIGNED = { authorization: 'Bearer good' };
const AUTH = { type: 'auth', token: 'good' };
const SOON = { timeout: 5000, interval: 5 };

/** Counts from one up to what is asked, then waits for its reader to go. */
const numbers = defineTopic({
  name: 'numbers',
  parameters: z.strictObject({ up_to: z.int().max(100), ends: z.boolean().default(false) }),
  async open(actor, { up_to: upTo, ends }) {
    if (upTo < 0) throw notFound('number', String(upTo));
    return async function* count(signal): AsyncGenerator<SocketEvent> {
      for (let id = 1; id <= upTo; id += 1) yield { id, data: { userId: actor.userId } };
      if (!ends) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
  },
});

const authenticateGood: Authenticate = async ({ bearer, cookie }) => {
  if (bearer === 'good' || cookie === 'good') return ACTOR;
  throw new AppError('unauthenticated', 'No');
};

async function serve(options: TestHttpOptions = {}) {
  const built = await buildHttpApp({
    authenticate: authenticateGood,
    topics: [numbers],
    ...options,
  });
  const url = await built.app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => built.app.close());
  return { ...built, url };
}

const withLimits = (changes: Partial<typeof SOCKET_LIMITS>): TestHttpOptions => ({
  limits: { socket: { ...SOCKET_LIMITS, ...changes } },
});

describe('a handshake', () => {
  it('signs in by header or cookie', async () => {
    const { url } = await serve();
    for (const headers of [SIGNED, { cookie: 'access_token=good' }]) {
      const client = await openSocket(url, { headers });
      expect(
        await client.receive({ type: 'ready', user_id: ACTOR.userId, team_id: ACTOR.teamId }),
      ).toBeTruthy();
    }
  });

  it.each([
    ['wrong credentials', { authorization: 'Bearer bad' }, 401],
    ['a cookie and a page of another origin', cookieFrom('https://evil.example'), 403],
    ['no credentials and a page of another origin', { origin: 'https://evil.example' }, 403],
    ['a page that has no origin', cookieFrom('null'), 403],
  ])('with %s is refused before the upgrade', async (_what, headers, status) => {
    const { url } = await serve();
    await expect(openSocket(url, { headers })).rejects.toThrow(`refused with ${status}`);
  });

  it('of our own pages and of listed origins is taken', async () => {
    const { url } = await serve({ settings: { corsOrigins: ['https://app.example'] } });
    for (const origin of [url, 'https://app.example']) {
      const client = await openSocket(url, { headers: cookieFrom(origin) });
      expect(await client.receive({ type: 'ready' })).toBeTruthy();
    }
  });

  it('at any other address is an ordinary request, as is a wish for another protocol', async () => {
    const { url } = await serve();
    const head = (path: string, protocol: string) =>
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`;
    expect(await exchange(url, head('/health/live', 'websocket'))).toContain('HTTP/1.1 200');
    expect(await exchange(url, head('/health/live', 'h2c'))).toContain('HTTP/1.1 200');
    expect(await exchange(url, head('/api/v1/ws', 'h2c'))).toContain('HTTP/1.1 400');
  });
});

describe('a socket without credentials', () => {
  it('signs in by its first message', async () => {
    const { url } = await serve();
    const client = await openSocket(url);
    client.send(AUTH);
    expect(await client.receive({ type: 'ready', user_id: ACTOR.userId })).toBeTruthy();
  });

  it.each([
    ['a wrong token', { type: 'auth', token: 'bad' }],
    ['another message first', { type: 'subscribe', subscription: 'a', topic: 'numbers', up_to: 1 }],
  ])('is closed after %s', async (_what, message) => {
    const { url } = await serve();
    const client = await openSocket(url);
    client.send(message);
    expect(await client.closed()).toMatchObject({ code: 4401 });
    expect(client.messages).toMatchObject([{ type: 'error', code: 'UNAUTHORIZED' }]);
  });

  it('is closed after one wrong token, also beyond the limit of failures', async () => {
    let isOver = false;
    const window = { limit: 1, windowSeconds: 60, text: '1/minute' };
    const consume = async () => ({ isAllowed: !isOver, window, remaining: 0, resetSeconds: 60 });
    const rateLimiter = { consume, close: async () => {} };
    const { url } = await serve({ ...withLimits({ authMs: 600_000 }), rateLimiter });
    const client = await openSocket(url);
    isOver = true;
    client.send({ type: 'auth', token: 'bad' });
    expect(await client.closed()).toMatchObject({ code: 4401 });
  });

  it('is closed when it says nothing', async () => {
    const { url } = await serve(withLimits({ authMs: 20 }));
    const client = await openSocket(url);
    expect(await client.closed()).toMatchObject({ code: 4401 });
  });
});

describe('a signed-in socket', () => {
  async function open(options: TestHttpOptions = {}) {
    const served = await serve(options);
    const client = await openSocket(served.url, { headers: SIGNED });
    expect(await client.receive({ type: 'ready' })).toBeTruthy();
    return { ...served, ...client };
  }
  const subscribe = { type: 'subscribe', subscription: 'n', topic: 'numbers' };

  it('follows a topic to its end', async () => {
    const { send, receive, messages } = await open();
    send({ ...subscribe, up_to: 2, ends: true });
    expect(await receive({ type: 'ended', subscription: 'n' })).toBeTruthy();
    const data = { userId: ACTOR.userId };
    expect(messages.slice(1)).toEqual([
      { type: 'subscribed', subscription: 'n' },
      { type: 'event', subscription: 'n', id: 1, data },
      { type: 'event', subscription: 'n', id: 2, data },
      { type: 'ended', subscription: 'n' },
    ]);
  });

  it('stops following when asked, and may use the name again', async () => {
    const { send, receive } = await open();
    send({ ...subscribe, up_to: 1 });
    expect(await receive({ type: 'event' })).toBeTruthy();
    send({ ...subscribe, up_to: 1 });
    await receive({ type: 'error', reason: 'subscription.open' });
    send({ type: 'unsubscribe', subscription: 'n' });
    expect(await receive({ type: 'ended' })).toBeTruthy();
    send({ ...subscribe, up_to: 100 });
    expect(await receive({ type: 'event', id: 100 })).toBeTruthy();
  });

  it.each([
    ['no JSON', '{', { code: 'BAD_REQUEST' }],
    ['no known type', { type: 'shout' }, { code: 'VALIDATION_ERROR' }],
    ['too deep', `${'['.repeat(80)}${']'.repeat(80)}`, { reason: 'too_deep' }],
    ['an unknown topic', { ...subscribe, topic: 'letters' }, { code: 'NOT_FOUND' }],
    ['a wrong parameter', { ...subscribe, up_to: 1.5 }, { code: 'VALIDATION_ERROR' }],
    ['an unknown parameter', { ...subscribe, up_to: 1, x: 1 }, { code: 'VALIDATION_ERROR' }],
    ['what is not theirs', { ...subscribe, up_to: -1 }, { code: 'NOT_FOUND' }],
  ])('is told of a message with %s, and goes on', async (_what, message, problem) => {
    const { send, receive } = await open();
    send(message);
    expect(await receive({ type: 'error' })).toMatchObject(problem);
    send({ type: 'ping' });
    expect(await receive({ type: 'pong' })).toBeTruthy();
  });

  it.each([
    ['is too long', 'x'.repeat(2_000_000), 1009],
    ['is not text', Buffer.from([1]), 1008],
  ])('is closed for a message that %s', async (_what, message, code) => {
    const { socket, closed } = await open();
    socket.send(message);
    expect(await closed()).toMatchObject({ code });
  });

  it('is closed for text that is not UTF-8', async () => {
    const { socket, closed } = await open();
    socket.send(Buffer.from([0xc3, 0x28]), { binary: false });
    expect(await closed()).toMatchObject({ code: 1007 });
  });

  it('is read no faster than its limit, and told so once', async () => {
    const { send, receive, messages, metrics } = await open(withLimits({ messagesPerSecond: 5 }));
    for (let i = 0; i < 1000; i += 1) send({ type: 'ping' });
    await receive({ type: 'error', code: 'RATE_LIMITED' });
    // All may have come in one piece, and been refused with the first: it is asked until it is heard again.
    await vi.waitFor(() => {
      send({ type: 'ping' });
      expect(countOf(messages, 'pong')).toBeGreaterThan(5);
    }, SOON);
    const { values } = await metrics.websocketMessagesTotal.get();
    const taken = values.find(({ labels }) => labels['type'] === 'ping')?.value ?? 0;
    expect(taken).toBeLessThan(1000);
    expect(countOf(messages, 'error')).toBeLessThan(10);
  });

  it('is closed once its caller may no longer be there', async () => {
    let isGone = false;
    const authenticate = async (credentials: Credentials) => {
      if (isGone) throw new AppError('forbidden', 'The account is deactivated');
      return authenticateGood(credentials);
    };
    const { closed, messages } = await open({ ...withLimits({ revalidateMs: 10 }), authenticate });
    isGone = true;
    expect(await closed()).toMatchObject({ code: 4403 });
    expect(messages.at(-1)).toMatchObject({ type: 'error', code: 'FORBIDDEN' });
  });

  it('does not become somebody else’s', async () => {
    const authenticate: Authenticate = async ({ bearer }) =>
      bearer === 'good' ? ACTOR : buildActor();
    const { send, receive } = await open({ authenticate });
    send({ type: 'auth', token: 'other' });
    await receive({ type: 'error', reason: 'socket.signed_in' });
    send({ type: 'ping' });
    expect(await receive({ type: 'pong' })).toBeTruthy();
  });

  it('is dropped when it answers no ping', async () => {
    const { url } = await serve(withLimits({ pingMs: 30 }));
    const client = await openSocket(url, { headers: SIGNED, autoPong: false });
    expect(await client.closed()).toMatchObject({ code: 1006 });
  });

  it('takes so many subscriptions, and a user so many sockets', async () => {
    const limits = withLimits({ maxSubscriptions: 1, maxSocketsPerUser: 1 });
    const { send, receive, url } = await open(limits);
    send({ ...subscribe, up_to: 1 });
    send({ ...subscribe, up_to: 1, subscription: 'm' });
    await receive({ type: 'error', subscription: 'm', reason: 'subscription.too_many' });
    const second = await openSocket(url, { headers: SIGNED });
    expect(await second.closed()).toMatchObject({ code: 1008, reason: 'too_many_sockets' });
  });

  it('is asked to come back when the server stops', async () => {
    const { app, closed } = await open();
    await app.drain(1000);
    expect(await closed()).toMatchObject({ code: 1012 });
  });

  it('is counted while it is open', async () => {
    const { socket, metrics } = await open();
    const connections = async () => (await metrics.websocketConnections.get()).values[0]?.value;
    expect(await connections()).toBe(1);
    socket.close();
    await vi.waitFor(async () => expect(await connections()).toBe(0), SOON);
  });
});

function cookieFrom(origin: string) {
  return { cookie: 'access_token=good', origin };
}

function countOf(messages: readonly { readonly type: string }[], type: string): number {
  return messages.filter((message) => message.type === type).length;
}

async function exchange(url: string, head: string): Promise<string> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding('utf8');
  socket.write(head);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  return answer;
}
