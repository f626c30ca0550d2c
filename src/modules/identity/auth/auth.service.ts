import type { Clock } from '#platform/clock/clock';
import type { Scope, UnitOfWork } from '#platform/db/database';
import { isAppError } from '#platform/errors/app-error';
import { newId, type AuthSessionId, type UserId } from '#shared/ids';
import type { AuditLogRepository } from '../audit/audit-log.repository.ts';
import type { PasswordService } from '../passwords/passwords.service.ts';
import type { EmailAddress } from '../users/parse-email.ts';
import type { UserRecord, UsersRepository, UserWithPassword } from '../users/users.repository.ts';
import type { AccessClaims, AccessTokens } from './access-tokens.provider.ts';
import type { AuthLog } from './auth-log.ts';
import type { AuthSessionsRepository } from './auth-sessions.repository.ts';
import type { CredentialService } from './credentials.service.ts';
import { createRefreshToken, hashRefreshToken } from './refresh-token.ts';
import type { RefusalAudit } from './refusal-audit.service.ts';
import type { RefreshTokensRepository } from './refresh-tokens.repository.ts';
import type { RotationService } from './rotation.service.ts';
import type { PasswordGuard } from './password-guard.service.ts';
import { signInEntry } from './sign-in-entry.ts';
import type { SignInsRepository } from './sign-ins.repository.ts';
import { deactivated, unauthenticated, type FailureReason } from './unauthenticated.ts';

/** Where a sign-in came from. */
export type SignInClient = { readonly ip: string | null; readonly userAgent: string | null };

export type LoginInput = {
  readonly email: EmailAddress;
  readonly password: string;
  readonly isRemembered: boolean;
  /** The client keeps the cookie only, so no refresh token is made. */
  readonly isCookieOnly: boolean;
  readonly client: SignInClient;
};

export type IssuedTokens = {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly user: UserRecord;
};

export type SignIn = {
  readonly user: UserRecord;
  /** Absent for a client that keeps the cookie only. */
  readonly tokens?: IssuedTokens;
  readonly cookie: { readonly token: string; readonly maxAgeSeconds: number };
};

export type PresentedAtLogout = {
  readonly accessTokens: readonly string[];
  readonly refreshTokens: readonly string[];
};

export type AuthSettings = {
  readonly accessSeconds: number;
  readonly refreshSeconds: number;
  readonly cookieSeconds: number;
  readonly rememberedCookieSeconds: number;
};

export type AuthServiceDependencies = {
  readonly users: () => Pick<UsersRepository, 'find' | 'findWithPassword' | 'replacePasswordHash'>;
  readonly refreshTokens: () => Pick<RefreshTokensRepository, 'findLiveSession'>;
  readonly signIns: () => SignInsRepository;
  readonly unitOfWork: UnitOfWork<{
    auditLog: Pick<AuditLogRepository, 'insert'>;
    authSessions: Pick<AuthSessionsRepository, 'revoke'>;
  }>;
  readonly passwords: Pick<PasswordService, 'rehashOutdated'>;
  readonly passwordGuard: PasswordGuard;
  readonly refusalAudit: RefusalAudit;
  readonly accessTokens: AccessTokens;
  readonly rotation: RotationService;
  readonly credentials: Pick<CredentialService, 'forgetAuthSessions'>;
  readonly authLog: AuthLog;
  readonly clock: Clock;
  readonly settings: AuthSettings;
};

const NO_SCOPE: Scope = { kind: 'none' };
const MS_PER_SECOND = 1000;

export type AuthService = ReturnType<typeof createAuthService>;

export function createAuthService(dependencies: AuthServiceDependencies) {
  const { users, refreshTokens, signIns, passwords, passwordGuard, refusalAudit, accessTokens } =
    dependencies;
  const { unitOfWork, rotation, credentials, authLog, clock, settings } = dependencies;

  /** The user, if the password is theirs; otherwise fails in one manner and one time. */
  async function checkPassword({ email, password, client }: LoginInput): Promise<UserWithPassword> {
    const user = await users().findWithPassword({ email });
    const passwordHash = user?.passwordHash;
    const verdict = await passwordGuard.check({ email, password, passwordHash });
    const refusal = reasonToRefuse(user, verdict);
    if (refusal) {
      authLog.failed('login', refusal, { userId: user?.id, ip: client.ip });
      await refusalAudit.loginRefused({ email, userId: user?.id, reason: refusal });
    }
    if (refusal === 'account_deactivated') throw deactivated();
    if (refusal || !user) throw unauthenticated(refusal ?? 'unknown_account');
    return user;
  }

  async function refreshHash(user: UserWithPassword, password: string): Promise<void> {
    if (user.passwordHash === null) return;
    try {
      const current = await passwords.rehashOutdated(password, user.passwordHash);
      if (current) await users().replacePasswordHash(user.id, user.passwordHash, current);
    } catch (error) {
      // With the hasher busy, the next sign-in does it.
      if (!isAppError(error, 'unavailable')) throw error;
    }
  }

  async function openSession(
    userId: UserId,
    input: Pick<LoginInput, 'client' | 'isCookieOnly'> & { readonly cookieSeconds: number },
  ) {
    const authSessionId = newId<AuthSessionId>();
    const refreshToken = input.isCookieOnly ? undefined : createRefreshToken();
    const refreshExpiresAt = inSeconds(settings.refreshSeconds);
    const cookieExpiresAt = inSeconds(input.cookieSeconds);
    const expiresAt =
      refreshToken && refreshExpiresAt > cookieExpiresAt ? refreshExpiresAt : cookieExpiresAt;
    await signIns().insert({
      session: { id: authSessionId, userId, expiresAt, ...input.client },
      ...(refreshToken !== undefined && {
        refreshToken: { tokenHash: hashRefreshToken(refreshToken), expiresAt: refreshExpiresAt },
      }),
      entry: signInEntry('login', { userId, authSessionId }),
    });
    return { authSessionId, refreshToken };
  }

  async function issueTokens(
    user: UserRecord,
    { authSessionId, refreshToken }: { authSessionId: AuthSessionId; refreshToken: string },
  ): Promise<IssuedTokens> {
    const lifetimeSeconds = settings.accessSeconds;
    const accessToken = await accessTokens.issue(
      { userId: user.id, authSessionId },
      lifetimeSeconds,
    );
    return { accessToken, refreshToken, expiresInSeconds: lifetimeSeconds, user };
  }

  async function closeSession(claims: AccessClaims): Promise<void> {
    const { authSessionId } = claims;
    const isEnded = await unitOfWork.run(NO_SCOPE, async (repositories) => {
      const revocation = { at: clock.now(), reason: 'logout' } as const;
      const isRevoked = await repositories.authSessions.revoke(authSessionId, revocation);
      if (isRevoked) await repositories.auditLog.insert(signInEntry('logout', claims));
      return isRevoked;
    });
    await credentials.forgetAuthSessions([authSessionId]);
    if (isEnded) authLog.succeeded('logout', claims);
  }

  function inSeconds(seconds: number): Date {
    return new Date(clock.now().getTime() + seconds * MS_PER_SECOND);
  }

  return {
    /** Signs in with a password. @throws UNAUTHORIZED, FORBIDDEN for a deactivated account, SERVICE_UNAVAILABLE */
    async login(input: LoginInput): Promise<SignIn> {
      const user = await checkPassword(input);
      await refreshHash(user, input.password);
      const { cookieSeconds: plain, rememberedCookieSeconds: remembered } = settings;
      const cookieSeconds = input.isRemembered ? remembered : plain;
      const { authSessionId, refreshToken } = await openSession(user.id, {
        ...input,
        cookieSeconds,
      });
      const cookieToken = await accessTokens.issue(
        { userId: user.id, authSessionId },
        cookieSeconds,
      );
      authLog.succeeded('login', { userId: user.id, authSessionId, ip: input.client.ip });
      return {
        user,
        cookie: { token: cookieToken, maxAgeSeconds: cookieSeconds },
        ...(refreshToken && { tokens: await issueTokens(user, { authSessionId, refreshToken }) }),
      };
    },

    /** Exchanges a refresh token for a new pair. @throws UNAUTHORIZED, FORBIDDEN */
    async refresh({ refreshToken }: { refreshToken: string }): Promise<IssuedTokens> {
      const rotated = await rotation.rotate(refreshToken);
      const user = await users().find(rotated.userId);
      if (!user) throw unauthenticated('unknown_account');
      authLog.succeeded('refresh', rotated);
      return issueTokens(user, rotated);
    },

    /** Ends the session behind each credential that is good; one that is not has nothing to end. */
    async logout(presented: PresentedAtLogout): Promise<void> {
      const ended = await Promise.all([
        ...presented.accessTokens.map((token) => accessTokens.verify(token).catch(ignoreRefusal)),
        ...presented.refreshTokens.map((token) =>
          refreshTokens().findLiveSession(hashRefreshToken(token)),
        ),
      ]);
      for (const claims of ended) if (claims) await closeSession(claims);
    },
  };
}

function reasonToRefuse(
  user: UserRecord | undefined,
  verdict: 'right' | 'wrong' | 'blocked',
): FailureReason | undefined {
  if (verdict === 'blocked') return 'too_many_attempts';
  if (!user) return 'unknown_account';
  if (verdict === 'wrong') return 'wrong_password';
  return user.isActive ? undefined : 'account_deactivated';
}

function ignoreRefusal(error: unknown): undefined {
  if (!isAppError(error, 'unauthenticated')) throw error;
}
