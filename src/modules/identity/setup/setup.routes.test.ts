import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestDatabase } from '#test/database';
import { buildIdentityApp } from '../testing/identity-app.ts';
import { createVisitor, PASSWORD } from '../testing/visitor.ts';

const TOKEN = 'a setup token of the tests';
const ADMIN = { email: 'ada@example.com', password: PASSWORD };

async function firstRun(settings: Parameters<typeof buildIdentityApp>[1] = {}) {
  const { database, close } = await createTestDatabase();
  const built = await buildIdentityApp(database, settings);
  onTestFinished(async () => {
    await built.app.close();
    await close();
  });
  const call = (
    method: 'GET' | 'POST',
    { body, headers = {}, from = '127.0.0.1' }: Partial<Attempt> = {},
  ) =>
    built.app.inject({
      method,
      url: '/api/v1/setup',
      remoteAddress: from,
      headers: { host: 'localhost:8000', ...headers },
      ...(body && { payload: body }),
    });
  const countAdmins = async () => {
    const query = database.unscoped().selectFrom('users').select('id').where('role', '=', 'admin');
    return (await query.execute()).length;
  };
  return { ...built, database, call, countAdmins, visitor: createVisitor(built.app) };
}

type Attempt = {
  readonly body: object;
  readonly headers: Readonly<Record<string, string>>;
  readonly from: string;
};

describe('the first run', () => {
  it('makes an administrator with a first team, who can sign in', async () => {
    const { call, visitor } = await firstRun();
    expect((await call('GET')).json()).toEqual({ required: true, token_required: false });
    const done = await call('POST', { body: { ...ADMIN, first_name: 'Ada', team_name: 'Crew' } });
    expect(done.statusCode).toBe(201);
    expect(done.json()).toMatchObject({
      user: { email: ADMIN.email, first_name: 'Ada', role: 'admin' },
      team: { name: 'Crew', role: 'owner', is_personal: false },
    });
    const { bearer } = await visitor.signIn(ADMIN.email);
    const teams = (await visitor.call('GET', '/teams', { headers: bearer })).json();
    expect(teams.total).toBe(2);
    expect((await call('GET')).json()).toEqual({ required: false, token_required: false });
  });

  it('happens once, when twenty try at the same time', async () => {
    const { call, countAdmins } = await firstRun();
    const tries = Array.from({ length: 20 }, (_, index) =>
      call('POST', { body: { ...ADMIN, email: `ada${index}@example.com` } }),
    );
    const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode).toSorted();
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
    expect(await countAdmins()).toBe(1);
  });

  it('is over once the command line has made an administrator', async () => {
    const { call, identity, countAdmins } = await firstRun();
    await identity.users.createAdmin({ email: 'root@example.com', password: PASSWORD });
    expect((await call('GET')).json()).toMatchObject({ required: false });
    const late = await call('POST', { body: ADMIN });
    expect(late.json()).toMatchObject({ status: 409, reason: 'setup.completed' });
    expect(await identity.setup.findToken()).toBeUndefined();
    expect(await countAdmins()).toBe(1);
  });

  it('leaves an entry in the audit log', async () => {
    const { call, database } = await firstRun();
    const { user, team } = (await call('POST', { body: ADMIN })).json();
    const entries = await database
      .unscoped()
      .selectFrom('audit_log')
      .select(['actor_id', 'target_id', 'after'])
      .where('action', '=', 'setup.completed')
      .execute();
    expect(entries).toEqual([
      { actor_id: user.id, target_id: user.id, after: { team_id: team.id } },
    ]);
  });

  it.each([
    ['a role', { role: 'user' }, 'role'],
    ['a tier', { tier: 'enterprise' }, 'tier'],
    ['a weak password', { password: 'password' }, 'password'],
  ])('refuses %s and stays open', async (_, changes, field) => {
    const { call } = await firstRun();
    const refused = await call('POST', { body: { ...ADMIN, ...changes } });
    expect(refused.statusCode).toBe(422);
    expect(refused.json().errors[0].field).toBe(field);
    expect((await call('GET')).json().required).toBe(true);
  });
});

describe('the setup token', () => {
  it.each([
    ['from another machine', { from: '203.0.113.7' }],
    ['through a proxy', { headers: { 'x-forwarded-for': '127.0.0.1' } }],
    ['under a name that is not of this machine', { headers: { host: 'groundwork.example' } }],
  ])('is needed %s', async (_, attempt) => {
    const { call, countAdmins } = await firstRun({ setupToken: TOKEN });
    expect((await call('GET', attempt)).json().token_required).toBe(true);
    for (const changes of [
      {},
      { setup_token: '' },
      { setup_token: 'another token of the tests' },
    ]) {
      const refused = await call('POST', { ...attempt, body: { ...ADMIN, ...changes } });
      expect(refused.json()).toMatchObject({ status: 403, reason: 'setup.token_invalid' });
    }
    expect(await countAdmins()).toBe(0);
    const right = await call('POST', { ...attempt, body: { ...ADMIN, setup_token: TOKEN } });
    expect(right.statusCode).toBe(201);
  });

  it('is needed at the machine itself, too, where the service is deployed', async () => {
    const { call, identity } = await firstRun({ isSetupOpenLocally: false });
    expect((await call('POST', { body: ADMIN })).statusCode).toBe(403);
    const token = await identity.setup.findToken();
    const right = await call('POST', { body: { ...ADMIN, setup_token: token } });
    expect(right.statusCode).toBe(201);
  });

  it('is the same on every replica, and another under another key', async () => {
    const [one, other, foreign] = [
      await firstRun(),
      await firstRun(),
      await firstRun({ jwtSecretKey: 'another secret of the tests, long enough' }),
    ];
    const tokens = await Promise.all(
      [one, other, foreign].map(({ identity }) => identity.setup.findToken()),
    );
    expect(tokens[0]).toBe(tokens[1]);
    expect(tokens[0]).not.toBe(tokens[2]);
    expect(tokens[0]).toMatch(/^[\w-]{32}$/);
  });
});
