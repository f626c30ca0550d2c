import { randomUUID } from 'node:crypto';
import type { App } from '#platform/http/app';

export const PASSWORD = 'Correct-h0rse-battery';

/** The one answer for each way of not being signed in. */
export const UNAUTHORIZED = {
  status: 401,
  code: 'UNAUTHORIZED',
  title: 'Unauthorized',
  detail: 'Invalid credentials',
};

type Headers = Readonly<Record<string, string>>;

/** Somebody who calls the API of `app` by hand. */
export function createVisitor(app: App) {
  type Body = object | string;
  const call = (
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
    url: string,
    { body, headers = {} }: { body?: Body; headers?: Headers } = {},
  ) =>
    app.inject({
      method,
      url: `/api/v1${url}`,
      headers,
      ...(body !== undefined && { payload: body }),
    });

  async function signUp(profile: object = {}) {
    const email = `${randomUUID()}@example.com`;
    const registered = await call('POST', '/auth/register', {
      body: { email, password: PASSWORD, ...profile },
    });
    return { email, user: registered.json() };
  }

  const login = (email: string, changes: object = {}) =>
    call('POST', '/auth/login', { body: { email, password: PASSWORD, ...changes } });

  async function signIn(email: string, changes: object = {}) {
    const response = await login(email, changes);
    const tokens = response.json();
    return {
      accessToken: String(tokens.access_token),
      refreshToken: String(tokens.refresh_token),
      bearer: { authorization: `Bearer ${tokens.access_token}` },
    };
  }

  const refresh = (refreshToken: string, headers: Headers = {}) =>
    call('POST', '/auth/refresh', { body: { refresh_token: refreshToken }, headers });

  const me = (headers: Headers) => call('GET', '/users/me', { headers });

  return { call, signUp, login, signIn, refresh, me };
}
