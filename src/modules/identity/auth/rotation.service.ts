import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import type { AuthSessionId, UserId } from '#shared/ids';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { AuthLog } from './auth-log.ts';
import type { AuthSessionsRepository } from './auth-sessions.repository.ts';
import type { CredentialService } from './credentials.service.ts';
import { createRefreshToken, hashRefreshToken, sealChild, unsealChild } from './refresh-token.ts';
import type { RefreshTokenRecord, RefreshTokensRepository } from './refresh-tokens.repository.ts';
import { signInEntry } from './sign-in-entry.ts';
import { deactivated, unauthenticated, type FailureReason } from './unauthenticated.ts';

export type RotatedToken = {
  readonly refreshToken: string;
  readonly userId: UserId;
  readonly authSessionId: AuthSessionId;
};

export type RotationRepositories = {
  readonly auditLog: Pick<AuditLogRepository, 'insert'>;
  readonly authSessions: Pick<AuthSessionsRepository, 'extend' | 'revoke'>;
  readonly refreshTokens: Pick<RefreshTokensRepository, 'insert' | 'lockByHash' | 'markUsed'>;
};

export type RotationServiceDependencies = {
  readonly unitOfWork: UnitOfWork<RotationRepositories>;
  readonly credentials: Pick<CredentialService, 'forgetAuthSessions'>;
  readonly authLog: AuthLog;
  readonly clock: Clock;
  readonly settings: { readonly graceSeconds: number; readonly lifetimeSeconds: number };
};

/** What a use of a token came to. A refusal is a value: what it wrote must be committed. */
type Outcome =
  | ({ readonly status: 'rotated' } & RotatedToken)
  | {
      readonly status: 'refused';
      readonly reason: FailureReason;
      readonly of?: RefreshTokenRecord;
    };

const NO_SCOPE: Scope = { kind: 'none' };
const MS_PER_SECOND = 1000;

export type RotationService = ReturnType<typeof createRotationService>;

/** Refresh tokens in families: each is used once, and a late second use ends the whole family. */
export function createRotationService(dependencies: RotationServiceDependencies) {
  const { unitOfWork, credentials, authLog, clock, settings } = dependencies;

  async function use(repositories: RotationRepositories, token: string): Promise<Outcome> {
    const record = await repositories.refreshTokens.lockByHash(hashRefreshToken(token));
    if (!record) return refused('refresh_token_unknown');
    if (!record.isUserActive) return refused('account_deactivated', record);
    if (record.isSessionRevoked) return refused('session_ended', record);
    if (isPast(record.expiresAt)) return refused('refresh_token_expired', record);
    if (record.usedAt === null || record.childSealed === null) {
      return rotate(repositories, record, token);
    }
    if (isPast(record.usedAt, settings.graceSeconds)) return endFamily(repositories, record);
    return followToYoungest(repositories, unsealChild(record.childSealed, token));
  }

  async function rotate(
    { authSessions, refreshTokens }: RotationRepositories,
    { id, authSessionId, userId }: RefreshTokenRecord,
    token: string,
  ): Promise<Outcome> {
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + settings.lifetimeSeconds * MS_PER_SECOND);
    const child = createRefreshToken();
    await refreshTokens.insert({ authSessionId, tokenHash: hashRefreshToken(child), expiresAt });
    await refreshTokens.markUsed(id, { at: now, childSealed: sealChild(child, token) });
    await authSessions.extend(authSessionId, expiresAt);
    return { status: 'rotated', refreshToken: child, userId, authSessionId };
  }

  async function endFamily(
    { auditLog, authSessions }: RotationRepositories,
    record: RefreshTokenRecord,
  ): Promise<Outcome> {
    const reason = 'refresh_token_reused';
    await authSessions.revoke(record.authSessionId, { at: clock.now(), reason });
    await auditLog.insert(signInEntry('refresh', record, reason));
    return refused(reason, record);
  }

  function isPast(timestamp: string, graceSeconds = 0): boolean {
    return Date.parse(timestamp) + graceSeconds * MS_PER_SECOND <= clock.now().getTime();
  }

  return {
    /** Exchanges a refresh token for its child. @throws UNAUTHORIZED, FORBIDDEN for a deactivated account */
    async rotate(token: string): Promise<RotatedToken> {
      const outcome = await unitOfWork.run(NO_SCOPE, (repositories) => use(repositories, token));
      if (outcome.status === 'rotated') return outcome;
      const { reason, of } = outcome;
      if (of) await credentials.forgetAuthSessions([of.authSessionId]);
      authLog.failed('refresh', reason, { userId: of?.userId, authSessionId: of?.authSessionId });
      throw reason === 'account_deactivated' ? deactivated() : unauthenticated(reason);
    },
  };
}

/** The child of a repeated token may have been used by now: the youngest of the family is the answer. */
async function followToYoungest(
  { refreshTokens }: RotationRepositories,
  child: string,
): Promise<Outcome> {
  let token = child;
  let record = await refreshTokens.lockByHash(hashRefreshToken(token));
  while (record?.childSealed) {
    token = unsealChild(record.childSealed, token);
    record = await refreshTokens.lockByHash(hashRefreshToken(token));
  }
  if (!record) return refused('refresh_token_unknown');
  const { userId, authSessionId } = record;
  return { status: 'rotated', refreshToken: token, userId, authSessionId };
}

function refused(reason: FailureReason, of?: RefreshTokenRecord): Outcome {
  return { status: 'refused', reason, ...(of && { of }) };
}
