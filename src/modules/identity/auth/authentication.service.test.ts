import { describe, expect, it } from 'vitest';
import { newId, type AuthSessionId, type TeamId, type UserId } from '#shared/ids';
import { emailOf } from '../testing/email-of.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import type { UserRecord } from '../users/users.repository.ts';
import type { AccessTokens } from './access-tokens.provider.ts';
import type { AccountRecord } from './accounts.repository.ts';
import type { AuthSessionRecord } from './auth-sessions.repository.ts';
import { createAuthenticationService } from './authentication.service.ts';
import { createSessionCredentials } from './session-credentials.service.ts';
import { unauthenticated } from './unauthenticated.ts';

const GOOD_TOKEN = 'good';
const NOTHING = { bearer: undefined, apiKey: undefined, cookie: undefined, teamId: undefined };

function buildUser(id: UserId): UserRecord {
  return {
    id,
    email: emailOf('someone@example.test'),
    username: null,
    firstName: null,
    lastName: null,
    role: 'user',
    tier: 'free',
    isActive: true,
    emailVerifiedAt: '2026-11-21T00:00:00.000Z',
    mustResetPassword: false,
    createdAt: '2026-11-21T00:00:00.000Z',
  };
}

function buildSignedIn() {
  const clock = createFakeClock();
  const claims = { userId: newId<UserId>(), authSessionId: newId<AuthSessionId>() };
  const personal = { id: newId<TeamId>(), role: 'owner', tier: 'free', isPersonal: true } as const;
  const shared = { id: newId<TeamId>(), role: 'viewer', tier: 'pro', isPersonal: false } as const;
  const failures: string[] = [];
  const state: { account: AccountRecord | null; session: AuthSessionRecord | null } = {
    account: { ...buildUser(claims.userId), teams: [shared, personal] },
    session: {
      userId: claims.userId,
      expiresAt: new Date(clock.now().getTime() + 60_000).toISOString(),
      revokedAt: null,
    },
  };
  const accessTokens: AccessTokens = {
    issue: async () => GOOD_TOKEN,
    async verify(token) {
      if (token !== GOOD_TOKEN) throw unauthenticated('invalid_token');
      return claims;
    },
  };
  const credentials = {
    findAccount: async () => state.account,
    findAuthSession: async () => state.session,
  };
  const { authenticate } = createAuthenticationService({
    credentialKinds: [createSessionCredentials({ accessTokens, credentials, clock })],
    credentials,
    authLog: { refused: (reason) => failures.push(reason) },
  });
  return { authenticate, claims, personal, shared, state, clock, failures };
}

describe('who a request comes from', () => {
  it('is the bearer of the token, acting for the personal team', async () => {
    const { authenticate, claims, personal } = buildSignedIn();
    await expect(authenticate({ ...NOTHING, bearer: GOOD_TOKEN })).resolves.toEqual({
      userId: claims.userId,
      credential: { kind: 'session', authSessionId: claims.authSessionId },
      role: 'user',
      teamId: personal.id,
      teamRole: 'owner',
      tier: 'free',
    });
  });

  it('is told by the cookie as well', async () => {
    const { authenticate, claims } = buildSignedIn();
    await expect(authenticate({ ...NOTHING, cookie: GOOD_TOKEN })).resolves.toMatchObject({
      userId: claims.userId,
    });
  });

  it('acts for a team that is asked for, however its id is written', async () => {
    const { authenticate, shared } = buildSignedIn();
    const teamId = shared.id.toUpperCase();
    await expect(authenticate({ ...NOTHING, bearer: GOOD_TOKEN, teamId })).resolves.toMatchObject({
      teamId: shared.id,
      teamRole: 'viewer',
      tier: 'pro',
    });
  });

  it('may not act for a team of others', async () => {
    const { authenticate, failures } = buildSignedIn();
    const teamId = newId();
    await expect(authenticate({ ...NOTHING, bearer: GOOD_TOKEN, teamId })).rejects.toMatchObject({
      kind: 'not_found',
    });
    expect(failures).toEqual([]);
  });

  it('is nobody without a credential, or with a bad one beside a good cookie', async () => {
    const { authenticate, failures } = buildSignedIn();
    await expect(authenticate(NOTHING)).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(
      authenticate({ ...NOTHING, bearer: 'bad', cookie: GOOD_TOKEN }),
    ).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(failures).toEqual(['no_credentials', 'invalid_token']);
  });

  it('is nobody once the session was revoked, ran out or is gone', async () => {
    const { authenticate, state, clock } = buildSignedIn();
    const { session } = state;
    if (!session) throw new Error('the session is missing');
    const credentials = { ...NOTHING, bearer: GOOD_TOKEN };
    const ended = { kind: 'unauthenticated', options: { reason: 'session_ended' } };

    state.session = { ...session, revokedAt: clock.now().toISOString() };
    await expect(authenticate(credentials)).rejects.toMatchObject(ended);
    state.session = { ...session, userId: newId<UserId>() };
    await expect(authenticate(credentials)).rejects.toMatchObject(ended);
    state.session = null;
    await expect(authenticate(credentials)).rejects.toMatchObject(ended);
    state.session = session;
    await expect(authenticate(credentials)).resolves.toBeDefined();
    clock.advance(60);
    await expect(authenticate(credentials)).rejects.toMatchObject(ended);
  });

  it('is told that the account is deactivated, and nothing once it is deleted', async () => {
    const { authenticate, state } = buildSignedIn();
    const credentials = { ...NOTHING, bearer: GOOD_TOKEN };
    if (state.account) state.account = { ...state.account, isActive: false };
    await expect(authenticate(credentials)).rejects.toMatchObject({ kind: 'forbidden' });
    state.account = null;
    await expect(authenticate(credentials)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});
