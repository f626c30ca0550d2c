import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, signUp } from '#test/client';
import { createSecretIssuer, startIssuer, type TestIssuer } from '#test/issuer';
import { startTestService, type TestService } from '#test/service';

const shared = createSecretIssuer('https://shared.example', 'a-secret-that-only-the-two-know-of');

let rsa: TestIssuer;
let elliptic: TestIssuer;
let test: TestService;
/** How far the service's clock is ahead. */
let aheadMs = 0;

beforeAll(async () => {
  rsa = await startIssuer('RS256');
  elliptic = await startIssuer('ES256');
  test = await startTestService(
    {
      AUTH_ISSUERS: JSON.stringify([rsa.setting, elliptic.setting, shared.setting]),
      SSRF_ALLOW_HOSTS: `${rsa.host},${elliptic.host}`,
    },
    { clock: { now: () => new Date(Date.now() + aheadMs) } },
  );
});
afterAll(async () => {
  await test.close();
  await Promise.all([rsa.close(), elliptic.close()]);
});

const as = (token: string) => createClient(test.baseUrl, token);
const me = async (token: string) => as(token).get('/users/me');
const newSubject = () => `user_${randomUUID()}`;
/** A time of issue so many seconds from now. */
const issuedIn = (seconds: number) => ({ iat: Math.floor(Date.now() / 1000) + seconds });

async function countUsers(): Promise<number> {
  const { rows } = await test.database.pool.query<{ count: number }>(
    'select count(*)::int as count from users',
  );
  return rows[0]?.count ?? 0;
}

describe('a user of another issuer', () => {
  it.each([
    ['RS256', () => rsa],
    ['ES256', () => elliptic],
    ['HS256', () => shared],
  ])(
    'with a token signed by %s is let in at first sight, with a team to work in',
    async (_name, issuer) => {
      const email = `${randomUUID()}@example.com`;
      const token = await issuer().sign(newSubject(), {
        claims: { email, email_verified: true, given_name: 'Ada', family_name: 'Lovelace' },
      });
      const { status, body } = await me(token);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        email,
        first_name: 'Ada',
        last_name: 'Lovelace',
        role: 'user',
        tier: 'free',
      });
      expect((await as(token).post('/projects', { name: 'Mine' })).status).toBe(201);
      expect((await me(token)).body.id).toBe(body.id);
    },
  );

  it('is made once, however many requests come first', async () => {
    const before = await countUsers();
    const token = await rsa.sign(newSubject());
    const answers = await Promise.all(Array.from({ length: 20 }, () => me(token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await countUsers()).toBe(before + 1);
  });

  it('takes their data along and is erased, and no token from before brings them back', async () => {
    const subject = newSubject();
    const token = await rsa.sign(subject, { claims: issuedIn(-10) });
    const { body: first } = await me(token);
    const archive = await as(token).request('GET', '/users/me/export');
    expect([archive.status, archive.headers.get('content-type')]).toEqual([200, 'application/zip']);
    expect((await archive.arrayBuffer()).byteLength).toBeGreaterThan(100);

    const erased = await as(token).call('DELETE', '/users/me', {});
    expect([erased.status, erased.body.status]).toEqual([200, 'done']);
    expect((await me(token)).status).toBe(401);
    const { status, body } = await me(await rsa.sign(subject, { claims: issuedIn(5) }));
    expect(status).toBe(200);
    expect(body.id).not.toBe(first.id);
  });

  it('is another than the same subject at another issuer', async () => {
    const subject = newSubject();
    const one = await me(await rsa.sign(subject));
    const other = await me(await elliptic.sign(subject));
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.body.id).not.toBe(other.body.id);
  });

  it('gets no account of somebody else by an address, nor the address', async () => {
    const { email, user, client } = await signUp(test.baseUrl);
    const { status, body } = await me(
      await rsa.sign(newSubject(), { claims: { email, email_verified: true } }),
    );
    expect(status).toBe(200);
    expect(body.id).not.toBe(user.id);
    expect(body.email).toBeNull();
    expect((await client.get('/users/me')).body).toMatchObject({ id: user.id, email });
  });

  it('has no address that the issuer did not verify', async () => {
    const email = `${randomUUID()}@example.com`;
    const { body } = await me(
      await rsa.sign(newSubject(), { claims: { email, email_verified: false } }),
    );
    expect(body.email).toBeNull();
  });

  it('follows what newer tokens say, and not what older ones say', async () => {
    const subject = newSubject();
    const email = `${randomUUID()}@example.com`;
    const said = (name: string, seconds: number) =>
      rsa.sign(subject, { claims: { given_name: name, email, ...issuedIn(seconds) } });
    const [oldest, older, newest] = await Promise.all([
      said('Oldest', -60),
      said('Older', -30),
      said('Newest', 0),
    ]);
    expect((await me(older)).body.first_name).toBe('Older');
    expect((await me(newest)).body).toMatchObject({ first_name: 'Newest', email });
    for (const token of [older, oldest]) expect((await me(token)).body.first_name).toBe('Newest');
  });

  it('is no administrator, whatever the token says of roles', async () => {
    const token = await rsa.sign(newSubject(), {
      claims: { role: 'admin', roles: ['admin'], is_admin: true, tier: 'enterprise' },
    });
    expect((await me(token)).body).toMatchObject({ role: 'user', tier: 'free' });
    expect((await as(token).get('/admin/users')).status).toBe(403);
  });

  it('has no session here, and so no password to change', async () => {
    const change = { current_password: 'Wrong-passw0rd', new_password: 'Another-passw0rd-1' };
    const answer = await as(await rsa.sign(newSubject())).call('PUT', '/users/me/password', change);
    expect(answer.status).toBe(401);
  });

  it('needs no new password, having brought none', async () => {
    const token = await rsa.sign(newSubject());
    const { body } = await me(token);
    await test.database.pool.query('update users set must_reset_password = true where id = $1', [
      body.id,
    ]);
    await expect
      .poll(async () => (await me(token)).body.must_reset_password, { timeout: 10_000 })
      .toBe(true);
    expect((await as(token).get('/projects')).status).toBe(200);
  });

  it('is not let in by a cookie, which only we set', async () => {
    const cookie = `access_token=${await rsa.sign(newSubject())}`;
    const visitor = createClient(test.baseUrl);
    expect((await visitor.request('GET', '/users/me', { headers: { cookie } })).status).toBe(401);
  });

  it('is refused once deactivated', async () => {
    const token = await rsa.sign(newSubject());
    const { body } = await me(token);
    await test.database.pool.query('update users set is_active = false where id = $1', [body.id]);
    await expect.poll(async () => (await me(token)).status, { timeout: 10_000 }).toBe(403);
  });

  it('is not made anew by a token from before the account was erased', async () => {
    const subject = newSubject();
    const token = await rsa.sign(subject);
    const { id } = (await me(token)).body;
    await test.service.modules.identity.erasures.begin({ userId: id, isForced: true });
    await expect.poll(async () => (await me(token)).status, { timeout: 20_000 }).toBe(401);
    const later = await rsa.sign(subject, { claims: issuedIn(20) });
    // Other processes may know the identity for a moment longer.
    await expect.poll(async () => (await me(later)).status, { timeout: 10_000 }).toBe(200);
    expect((await me(later)).body.id).not.toBe(id);
    expect((await me(token)).body.id).not.toBe(id);
  });
});

describe('the keys of an issuer', () => {
  it('are fetched once for 500 tokens with keys that are not there', async () => {
    aheadMs += 31_000;
    const subject = newSubject();
    const before = rsa.fetches();
    const forged = await Promise.all(
      Array.from({ length: 500 }, () => rsa.sign(subject, { header: { kid: randomUUID() } })),
    );
    const statuses = await Promise.all(forged.map(async (token) => (await me(token)).status));
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(rsa.fetches() - before).toBe(1);
  });

  it('are changed without a restart', async () => {
    const subject = newSubject();
    const former = await rsa.sign(subject);
    expect((await me(former)).status).toBe(200);
    await rsa.rotate();
    const latter = await rsa.sign(subject);
    expect((await me(latter)).status).toBe(401);
    aheadMs += 31_000;
    expect((await me(latter)).status).toBe(200);
  });

  it('are kept while the issuer is down, and asked for no more than every half minute', async () => {
    aheadMs += 11 * 60_000;
    elliptic.become('broken');
    const long = { exp: Math.floor(Date.now() / 1000) + 86_400 };
    const sign = () => elliptic.sign(newSubject(), { claims: long });
    const before = elliptic.fetches();
    for (const token of [await sign(), await sign(), await sign()]) {
      expect((await me(token)).status).toBe(200);
    }
    await expect.poll(() => elliptic.fetches() - before).toBe(1);
    elliptic.become('well');
  });

  it('that never come hold up nobody but their own issuer', async () => {
    aheadMs += 31_000;
    elliptic.become('silent');
    const unknown = await elliptic.sign(newSubject(), {
      claims: { exp: Math.floor(Date.now() / 1000) + 86_400 },
      header: { kid: 'not-there' },
    });
    const stuck = me(unknown);
    await expect.poll(() => elliptic.fetches()).toBeGreaterThan(0);
    const startedAt = performance.now();
    const { client } = await signUp(test.baseUrl);
    const long = { claims: { exp: Math.floor(Date.now() / 1000) + 86_400 } };
    expect((await me(await rsa.sign(newSubject(), long))).status).toBe(200);
    expect((await client.get('/users/me')).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(3000);
    expect((await stuck).status).toBe(401);
  });
});
