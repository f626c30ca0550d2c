import { expect, it, onTestFinished } from 'vitest';
import { AppError } from '#platform/errors/app-error';
import type { RateLimiter, RatePolicy } from '#platform/rate-limit/rate-limiter';
import type { Tier } from '#shared/actor';
import { newId, type ApiKeyId, type TeamId, type UserId } from '#shared/ids';
import { buildActor, buildHttpApp, buildPolicies, type TestHttpOptions } from '#test/http-app';
import type { RateLimitName } from './app.ts';
import { addressKey } from './client-address.ts';

/** Counts in memory, without a window that ends. */
function buildLimiter() {
  const hits: { policy: string; key: string }[] = [];
  const rateLimiter: RateLimiter = {
    async consume({ name, windows }, key) {
      hits.push({ policy: name, key });
      const used = hits.filter((hit) => hit.policy === name && hit.key === key).length;
      const [window] = windows;
      if (!window) throw new Error('A policy has a window');
      const remaining = window.limit - used;
      return { isAllowed: remaining >= 0, window, remaining, resetSeconds: 44.2 };
    },
    close: async () => {},
  };
  return { rateLimiter, hits };
}

function policy(name: string, ...limits: readonly [number, number][]): RatePolicy {
  const windows = limits.map(([limit, windowSeconds]) => ({
    limit,
    windowSeconds,
    text: `${limit}/${windowSeconds === 60 ? 'minute' : 'day'}`,
  }));
  return { name, windows, isGuarded: false };
}

async function buildApp(options: TestHttpOptions & { rateLimit?: RateLimitName } = {}) {
  const limiter = buildLimiter();
  const { rateLimit = 'default', ...rest } = options;
  const built = await buildHttpApp({ rateLimiter: limiter.rateLimiter, ...rest });
  const config = (access: 'public' | 'user') => ({ access, rateLimit });
  const open = { schema: { operationId: 'open' }, config: config('public') };
  const closed = { schema: { operationId: 'closed' }, config: config('user') };
  built.app.get('/open', open, () => 'x');
  built.app.get('/closed', closed, () => 'x');
  onTestFinished(() => built.app.close());
  return { ...built, hits: limiter.hits };
}

it('refuses what is over the limit and says when to come back', async () => {
  const ratePolicies = buildPolicies({ default: policy('default', [30, 60]) });
  const { app, metrics } = await buildApp({ ratePolicies });
  for (let count = 0; count < 30; count += 1) await app.inject('/open');
  const answer = await app.inject('/open');
  expect(answer.statusCode).toBe(429);
  expect(answer.headers['retry-after']).toBe('45');
  expect(answer.json()).toMatchObject({
    code: 'RATE_LIMITED',
    title: 'Rate limit exceeded',
    detail: '30/minute limit reached. Retry after 45 seconds.',
  });
  const { values } = await metrics.rateLimitHitsTotal.get();
  expect(values).toMatchObject([{ labels: { endpoint: '/open', scope: 'address' }, value: 1 }]);
});

it('names its limits in every answer, several windows each by itself', async () => {
  const two = policy('default', [50, 60], [200, 86_400]);
  const { app } = await buildApp({ ratePolicies: buildPolicies({ default: two }) });
  const { headers } = await app.inject('/open');
  expect(headers['ratelimit-policy']).toBe('"default-60";q=50;w=60, "default-86400";q=200;w=86400');
  expect(headers['ratelimit']).toBe('"default-60";r=49;t=45');
});

it.each([
  [{ 'x-forwarded-for': '203.0.113.' }],
  [{ 'x-real-ip': '203.0.113.' }],
  [{ forwarded: 'for=203.0.113.' }],
])('counts a client by its connection, whatever %j claims', async (claims) => {
  const { app, hits } = await buildApp();
  for (let count = 0; count < 5; count += 1) {
    const headers = Object.fromEntries(
      Object.entries(claims).map(([name, value]) => [name, `${value}${count}`]),
    );
    await app.inject({ url: '/open', headers, remoteAddress: '192.0.2.1' });
  }
  expect(new Set(hits.map(({ key }) => key))).toEqual(new Set(['address:192.0.2.1']));
});

it.each([
  ['one hop', 1, '198.51.100.4'],
  ['two hops', 2, '203.0.113.7'],
  ['the network of the proxy', ['192.0.2.0/24'], '198.51.100.4'],
])('believes the proxies in front when told of %s', async (_which, trustProxy, expected) => {
  const { app, hits } = await buildApp({ settings: { trustProxy } });
  const headers = { 'x-forwarded-for': '10.9.9.9, 203.0.113.7, 198.51.100.4' };
  await app.inject({ url: '/open', headers, remoteAddress: '192.0.2.1' });
  expect(hits).toMatchObject([{ key: `address:${expected}` }]);
});

it('counts who is signed in by the user, whatever the address', async () => {
  const actor = buildActor();
  const { app, hits } = await buildApp({ authenticate: async () => actor });
  await app.inject({ url: '/closed', remoteAddress: '192.0.2.1' });
  await app.inject({ url: '/closed', remoteAddress: '192.0.2.2' });
  const hit = { policy: 'default', key: `user:${actor.userId}` };
  expect(hits).toEqual([hit, hit]);
});

it.each<[RateLimitName, Tier]>([
  ['chat', 'free'],
  ['chat', 'enterprise'],
  ['chat-stream', 'pro'],
])('counts %s of a team that is %s by the team and its tier', async (rateLimit, tier) => {
  const actor = buildActor({ tier });
  const { app, hits } = await buildApp({ rateLimit, authenticate: async () => actor });
  await app.inject('/closed');
  expect(hits).toEqual([{ policy: `${rateLimit}-${tier}`, key: `team:${actor.teamId}` }]);
});

it('counts signing in under its own limit', async () => {
  const { app, hits } = await buildApp({ rateLimit: 'login' });
  await app.inject('/open');
  expect(hits).toMatchObject([{ policy: 'login' }]);
});

it.each(['/health', '/health/live', '/health/ready', '/metrics'])(
  'does not limit %s',
  async (url) => {
    const { app, hits } = await buildApp();
    const answer = await app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(hits).toEqual([]);
    expect(answer.headers['ratelimit']).toBeUndefined();
  },
);

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('counts the address %s as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});

it('counts each key by itself, and the chat of all keys of a team together', async () => {
  const team = { teamId: newId<TeamId>(), userId: newId<UserId>() };
  const withKey = (apiKeyId: ApiKeyId) =>
    buildActor({ ...team, credential: { kind: 'api_key', apiKeyId, scopes: ['read', 'write'] } });
  const keys = Array.from({ length: 50 }, () => newId<ApiKeyId>());
  const waiting = [...keys, ...keys];
  const authenticate = async () => withKey(waiting.shift() ?? newId());
  const plain = await buildApp({ authenticate });
  for (let count = 0; count < keys.length; count += 1) await plain.app.inject('/closed');
  expect(plain.hits.map(({ key }) => key)).toEqual(keys.map((id) => `api_key:${id}`));

  const chat = await buildApp({ authenticate, rateLimit: 'chat' });
  for (let count = 0; count < keys.length; count += 1) await chat.app.inject('/closed');
  expect(new Set(chat.hits.map(({ key }) => key))).toEqual(new Set([`team:${team.teamId}`]));
});

it('counts each key that is refused against the address it came from', async () => {
  const ratePolicies = buildPolicies({ default: policy('default', [2, 60]) });
  const authenticate = async () => {
    throw new AppError('unauthenticated', 'Invalid credentials');
  };
  const { app, hits } = await buildApp({ authenticate, ratePolicies });
  const statuses = [];
  for (const key of ['one', 'two', 'three']) {
    const answer = await app.inject({ url: '/closed', headers: { 'x-api-key': key } });
    statuses.push(answer.statusCode);
  }
  expect(statuses).toEqual([401, 401, 429]);
  expect(hits.map(({ key }) => key)).toEqual(Array.from({ length: 3 }, () => 'address:127.0.0.1'));
});
