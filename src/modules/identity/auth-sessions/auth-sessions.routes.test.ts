import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#test/database';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor } from '../testing/visitor.ts';

let test: TestDatabase;
let built: Awaited<ReturnType<typeof buildIdentityApp>>;
let visitor: ReturnType<typeof createVisitor>;

beforeAll(async () => {
  test = await createTestDatabase();
  built = await buildIdentityApp(test.database);
  visitor = createVisitor(built.app);
});
afterAll(async () => {
  await built.app.close();
  await test.close();
});

const PATH = '/users/me/auth-sessions';

/** Somebody who is signed in that many times. */
async function signInTimes(count: number) {
  const { email, user } = await visitor.signUp();
  const signedIn = [];
  for (let time = 0; time < count; time += 1) {
    signedIn.push(await visitor.signIn(email));
    built.clock.advance(1);
  }
  const [first] = signedIn;
  if (!first) throw new Error('nobody is signed in');
  const list = async (query = '') =>
    (await visitor.call('GET', `${PATH}${query}`, { headers: first.bearer })).json();
  const remove = (path: string, headers = first.bearer) =>
    visitor.call('DELETE', `${PATH}${path}`, { headers });
  return { user, first, signedIn, list, remove };
}

async function statusesOf(signedIn: readonly { readonly bearer: { authorization: string } }[]) {
  const answers = await Promise.all(signedIn.map(({ bearer }) => visitor.me(bearer)));
  return answers.map(({ statusCode }) => statusCode);
}

describe('the sign-in sessions of a user', () => {
  it('are listed with where they are from, and which is this', async () => {
    const { first, list } = await signInTimes(2);
    await visitor.refresh(first.refreshToken);
    const { items, total } = await list();
    expect(total).toBe(2);
    expect(items).toEqual([
      {
        id: expect.any(String),
        user_agent: 'lightMyRequest',
        ip: '127.0.0.1',
        is_current: false,
        is_impersonation: false,
        created_at: expect.any(String),
        last_refreshed_at: null,
        expires_at: expect.any(String),
      },
      expect.objectContaining({ is_current: true, last_refreshed_at: expect.any(String) }),
    ]);
    expect(await list('?page_size=1&page=2')).toMatchObject({
      total_pages: 2,
      items: [{ is_current: true }],
    });
  });

  it('are listed no longer once they ended', async () => {
    const { first, list } = await signInTimes(1);
    built.clock.advance(7 * 86_400 - 60);
    const { refreshToken } = first;
    const refreshed = (await visitor.refresh(refreshToken)).json();
    built.clock.advance(120);
    const headers = { authorization: `Bearer ${refreshed.access_token}` };
    expect((await visitor.call('GET', PATH, { headers })).json().total).toBe(1);
    await visitor.call('POST', '/auth/logout', { headers });
    expect((await visitor.call('GET', PATH, { headers })).statusCode).toBe(401);
    expect((await list()).code).toBe('UNAUTHORIZED');
  });

  it('end one by one: the access and the refresh token are worth nothing at once', async () => {
    const { signedIn, list, remove } = await signInTimes(3);
    const { items } = await list('?sort=created_at');
    expect((await remove(`/${items[1].id}`)).statusCode).toBe(204);
    expect(await statusesOf(signedIn)).toEqual([200, 401, 200]);
    const refreshed = await visitor.refresh(signedIn[1]?.refreshToken ?? '');
    expect(refreshed.statusCode).toBe(401);
    expect((await remove(`/${items[1].id}`)).statusCode).toBe(404);
    const entries = await test.database
      .unscoped()
      .selectFrom('audit_log')
      .select('action')
      .where('target_id', '=', items[1].id)
      .execute();
    expect(entries).toEqual([{ action: 'auth_session.revoked' }]);
  });

  it('end all together but for the one that asks', async () => {
    const { signedIn, remove, list } = await signInTimes(4);
    expect((await remove('')).statusCode).toBe(204);
    expect(await statusesOf(signedIn)).toEqual([200, 401, 401, 401]);
    expect(await list()).toMatchObject({ total: 1, items: [{ is_current: true }] });
  });

  it('are nobody else’s: another user’s is answered as one that is not there', async () => {
    const ada = await signInTimes(1);
    const eve = await signInTimes(1);
    const [{ id }] = (await ada.list()).items;
    const foreign = await eve.remove(`/${id}`);
    const unknown = await eve.remove(`/${randomUUID()}`);
    expect([foreign.statusCode, unknown.statusCode]).toEqual([404, 404]);
    await eve.remove('');
    expect(await statusesOf([...ada.signedIn, ...eve.signedIn])).toEqual([200, 200]);
  });
});
