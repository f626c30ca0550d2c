import { describe, expect, it } from 'vitest';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD } from '../testing/visitor.ts';

const { test, visitor } = await startIdentity();

describe('POST /auth/register', () => {
  it('answers the user in full and nothing of the password', async () => {
    const { email, user } = await visitor.signUp({ username: 'ada', first_name: 'Ada' });
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email,
      username: 'ada',
      first_name: 'Ada',
      last_name: null,
      role: 'user',
      tier: 'free',
      is_active: true,
      email_verified: false,
      must_reset_password: false,
      created_at: expect.stringMatching(/Z$/),
    });
  });

  it('gives each user a personal team to act for', async () => {
    const { email } = await visitor.signUp();
    const { bearer } = await visitor.signIn(email);
    const { statusCode } = await visitor.me(bearer);
    expect(statusCode).toBe(200);
  });

  it('takes an address once, in whatever form it is written', async () => {
    const { email } = await visitor.signUp();
    const body = { email: ` ${email.toUpperCase()}. `, password: PASSWORD };
    const again = await visitor.call('POST', '/auth/register', { body });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toMatchObject({ code: 'DUPLICATE', detail: 'Email already registered' });
  });

  it('lets one of twenty sign-ups at the same time through', async () => {
    const body = { email: 'everybody@example.com', password: PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => visitor.call('POST', '/auth/register', { body })),
    );
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(19);
    const teams = await test.database
      .forSystem()
      .selectFrom('users')
      .innerJoin('teams', 'teams.personal_user_id', 'users.id')
      .innerJoin('team_members', 'team_members.team_id', 'teams.id')
      .where('users.email', '=', 'everybody@example.com')
      .select('team_members.role')
      .execute();
    expect(teams).toEqual([{ role: 'owner' }]);
  });

  it('names every fault at once, each rule of the password by itself', async () => {
    const body = { email: 'no address', password: 'short', first_name: '', role: 'admin' };
    const response = await visitor.call('POST', '/auth/register', { body });
    expect(response.statusCode).toBe(422);
    const problem = response.json();
    expect(problem).toMatchObject({ code: 'VALIDATION_ERROR', title: 'Validation error' });
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { field: 'email', message: 'Not a valid email address' },
        { field: 'password', message: 'Password must be at least 8 characters long' },
        { field: 'password', message: 'Password must contain at least one uppercase letter' },
        { field: 'password', message: 'Password must contain at least one number' },
        { field: 'password', message: 'Password must contain at least one special character' },
      ]),
    );
    const fields = problem.errors.map(({ field }: { field: string }) => field);
    expect(fields).toEqual(expect.arrayContaining(['first_name', 'role']));
  });

  it.each([
    ['a common password', { password: 'P@ssw0rd' }, 'Password is too common'],
    ['a NUL character', { password: `${PASSWORD}\0` }, 'NUL'],
    ['half of a surrogate pair', { password: `${PASSWORD}\ud800` }, 'surrogate'],
    ['a NUL in a name', { username: 'a\0b' }, 'NUL'],
    ['a NUL in the address', { email: 'a\0@example.com' }, 'NUL'],
    ['255 characters of address', { email: `${'a'.repeat(243)}@example.com` }, 'email'],
  ])('refuses %s', async (_case, changes, message) => {
    const body = { email: 'refused@example.com', password: PASSWORD, ...changes };
    const response = await visitor.call('POST', '/auth/register', { body });
    expect(response.statusCode).toBe(422);
    expect(response.body).toContain(message);
  });

  it('refuses a megabyte of password before any hash', async () => {
    const body = { email: 'refused@example.com', password: 'Aa1!'.repeat(262_144) };
    const startedAt = performance.now();
    const response = await visitor.call('POST', '/auth/register', { body });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(response.statusCode).toBe(422);
    expect(response.json().errors).toEqual([
      { field: 'password', message: 'Password must be at most 256 characters long' },
    ]);
  });

  it('ignores nobody who asks to be more than a user', async () => {
    for (const extra of [{ role: 'admin' }, { tier: 'pro' }, { is_active: true }, { id: '1' }]) {
      const body = { email: 'climber@example.com', password: PASSWORD, ...extra };
      const response = await visitor.call('POST', '/auth/register', { body });
      expect(response.statusCode).toBe(422);
    }
  });
});
