import { describe, expect, it } from 'vitest';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';
import { createFakeClock } from '../testing/fake-clock.ts';
import type { NewAuditEntry } from '../audit/audit-entry.ts';
import type { AuthLog } from './auth-log.ts';
import { createRefreshToken, hashRefreshToken } from './refresh-token.ts';
import type { RefreshTokenRecord } from './refresh-tokens.repository.ts';
import { createRotationService, type RotationRepositories } from './rotation.service.ts';

const GRACE_SECONDS = 10;
const LIFETIME_SECONDS = 3600;

type StoredToken = { -readonly [Key in keyof RefreshTokenRecord]: RefreshTokenRecord[Key] };

/** A family with one token, in memory. */
function buildFamily() {
  const clock = createFakeClock();
  const tokens = new Map<string, StoredToken>();
  const failures: string[] = [];
  const forgotten: AuthSessionId[] = [];
  const session = { id: newId<AuthSessionId>(), userId: newId<UserId>(), revokedFor: '' };
  const account = { isActive: true };

  const audited: NewAuditEntry[] = [];

  const repositories: RotationRepositories = {
    auditLog: { insert: async (entry) => void audited.push(entry) },
    authSessions: {
      async extend() {},
      async revoke(_id, { reason }) {
        session.revokedFor = reason;
        return true;
      },
    },
    refreshTokens: {
      async insert({ authSessionId, tokenHash, expiresAt }) {
        tokens.set(keyOf(tokenHash), {
          id: keyOf(tokenHash),
          authSessionId,
          userId: session.userId,
          expiresAt: expiresAt.toISOString(),
          usedAt: null,
          childSealed: null,
          isSessionRevoked: false,
          isUserActive: true,
        });
      },
      async lockByHash(tokenHash) {
        const stored = tokens.get(keyOf(tokenHash));
        const isSessionRevoked = session.revokedFor !== '';
        return stored && { ...stored, isSessionRevoked, isUserActive: account.isActive };
      },
      async markUsed(id, { at, childSealed }) {
        const stored = tokens.get(id);
        if (stored) Object.assign(stored, { usedAt: at.toISOString(), childSealed });
      },
    },
  };
  const authLog: AuthLog = {
    succeeded() {},
    failed: (_event, reason) => failures.push(reason),
    refused() {},
  };
  const rotation = createRotationService({
    unitOfWork: { run: (_scope, work) => work(repositories) },
    credentials: { forgetAuthSessions: async (ids) => void forgotten.push(...ids) },
    authLog,
    clock,
    settings: { graceSeconds: GRACE_SECONDS, lifetimeSeconds: LIFETIME_SECONDS },
  });

  async function issue(): Promise<string> {
    const token = createRefreshToken();
    const expiresAt = new Date(clock.now().getTime() + LIFETIME_SECONDS * 1000);
    const tokenHash = hashRefreshToken(token);
    await repositories.refreshTokens.insert({ authSessionId: session.id, tokenHash, expiresAt });
    return token;
  }

  const rotate = async (token: string) => (await rotation.rotate(token)).refreshToken;
  return { clock, tokens, failures, audited, forgotten, session, account, rotation, issue, rotate };
}

describe('the rotation of refresh tokens', () => {
  it('exchanges a token for a new one of the same session', async () => {
    const { rotation, issue, session } = buildFamily();
    const first = await issue();
    const rotated = await rotation.rotate(first);
    expect(rotated).toMatchObject({ userId: session.userId, authSessionId: session.id });
    expect(rotated.refreshToken).not.toBe(first);
  });

  it('answers a repeat within the grace with the same child', async () => {
    const { clock, issue, rotate } = buildFamily();
    const first = await issue();
    const child = await rotate(first);
    clock.advance(GRACE_SECONDS - 1);
    await expect(rotate(first)).resolves.toBe(child);
  });

  it('answers a repeat with the youngest of the family, when the child was used by then', async () => {
    const { clock, issue, rotate, tokens } = buildFamily();
    const first = await issue();
    const grandchild = await rotate(await rotate(first));
    clock.advance(GRACE_SECONDS - 1);
    await expect(rotate(first)).resolves.toBe(grandchild);
    expect([...tokens.values()].filter(({ usedAt }) => usedAt === null)).toHaveLength(1);
  });

  it('ends the family when a used token comes back after the grace', async () => {
    const { clock, issue, rotate, session, failures, forgotten, audited } = buildFamily();
    const first = await issue();
    const youngest = await rotate(await rotate(first));
    clock.advance(GRACE_SECONDS);
    await expect(rotate(first)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(session.revokedFor).toBe('refresh_token_reused');
    expect(forgotten).toEqual([session.id]);
    await expect(rotate(youngest)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(failures).toEqual(['refresh_token_reused', 'session_ended']);
    expect(audited).toMatchObject([
      { actorId: null, action: 'auth.refresh', outcome: 'failure', reason: failures[0] },
    ]);
  });

  it('refuses a token whose time is over, without ending the family', async () => {
    const { clock, issue, rotate, session } = buildFamily();
    const token = await issue();
    clock.advance(LIFETIME_SECONDS);
    await expect(rotate(token)).rejects.toMatchObject({ kind: 'unauthenticated' });
    expect(session.revokedFor).toBe('');
  });

  it('lets a token live its whole life', async () => {
    const { clock, issue, rotate } = buildFamily();
    const token = await issue();
    clock.advance(LIFETIME_SECONDS - 1);
    await expect(rotate(token)).resolves.toMatch(/^gw_refresh_/);
  });

  it('refuses a token that was never issued', async () => {
    const { rotate } = buildFamily();
    await expect(rotate(createRefreshToken())).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('tells the owner of a deactivated account, and rotates nothing', async () => {
    const { account, issue, rotate, tokens } = buildFamily();
    const token = await issue();
    account.isActive = false;
    await expect(rotate(token)).rejects.toMatchObject({ kind: 'forbidden' });
    expect(tokens.size).toBe(1);
  });
});

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
