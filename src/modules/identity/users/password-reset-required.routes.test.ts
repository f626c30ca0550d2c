import { expect, it } from 'vitest';
import { requirePasswordReset } from '../testing/accounts.ts';
import { startIdentity } from '../testing/start-identity.ts';
import { PASSWORD } from '../testing/visitor.ts';

const NEW_PASSWORD = 'An0ther-battery';

const { test, visitor } = await startIdentity();

it('lets who must set a new password do that, read who they are and sign out, and nothing else', async () => {
  const { email, user } = await visitor.signUp();
  await requirePasswordReset(test.database, user.id);
  const login = (await visitor.login(email)).json();
  expect(login.user).toMatchObject({ id: user.id, must_reset_password: true });
  const headers = { authorization: `Bearer ${login.access_token}` };

  expect((await visitor.me(headers)).json()).toMatchObject({ must_reset_password: true });
  const refused = await visitor.call('PATCH', '/users/me', { body: { username: 'ada' }, headers });
  expect(refused.statusCode).toBe(403);
  expect(refused.json()).toMatchObject({ code: 'FORBIDDEN', reason: 'password_reset_required' });

  const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
  const changed = await visitor.call('PUT', '/users/me/password', { body, headers });
  expect(changed.statusCode).toBe(204);
  const renamed = await visitor.call('PATCH', '/users/me', { body: { username: 'ada' }, headers });
  expect(renamed.json()).toMatchObject({ username: 'ada', must_reset_password: false });
  const logout = await visitor.call('POST', '/auth/logout', { headers });
  expect(logout.statusCode).toBe(204);
});
