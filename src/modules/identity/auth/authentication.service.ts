import type { Clock } from '#platform/clock/clock';
import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { assertImpersonator } from './assert-impersonator.ts';
import type { AccessClaims, AccessTokens } from './access-tokens.provider.ts';
import type { AccountRecord, AccountTeam } from './accounts.repository.ts';
import type { AuthLog } from './auth-log.ts';
import type { CredentialService } from './credentials.service.ts';
import {
  deactivated,
  failureReasonOf,
  passwordResetRequired,
  unauthenticated,
} from './unauthenticated.ts';

export type PresentedCredentials = {
  readonly bearer: string | undefined;
  readonly cookie: string | undefined;
  readonly teamId: string | undefined;
  readonly isPasswordResetAllowed?: boolean;
};

export type AuthenticationServiceDependencies = {
  readonly accessTokens: AccessTokens;
  readonly credentials: Pick<CredentialService, 'findAccount' | 'findAuthSession'>;
  readonly authLog: Pick<AuthLog, 'refused'>;
  readonly clock: Clock;
};

export function createAuthenticationService(dependencies: AuthenticationServiceDependencies) {
  const { accessTokens, credentials, authLog, clock } = dependencies;

  async function identify({ bearer, cookie }: PresentedCredentials): Promise<AccessClaims> {
    const token = bearer ?? cookie;
    if (token === undefined) throw unauthenticated('no_credentials');
    return accessTokens.verify(token);
  }

  async function loadAccount({ userId, authSessionId }: AccessClaims): Promise<AccountRecord> {
    const [session, account] = await Promise.all([
      credentials.findAuthSession(authSessionId),
      credentials.findAccount(userId),
    ]);
    const isAlive =
      session?.userId === userId &&
      session.revokedAt === null &&
      Date.parse(session.expiresAt) > clock.now().getTime();
    // Before its sessions, all of which ended with it: the bearer is told why.
    if (account?.isActive === false) throw deactivated();
    if (!isAlive) throw unauthenticated('session_ended');
    if (!account) throw unauthenticated('unknown_account');
    return account;
  }

  return {
    /**
     * Who a request comes from and for which team it acts.
     * @throws UNAUTHORIZED, FORBIDDEN for a deactivated account or one that needs a new password, NOT_FOUND for a team that is not the caller's.
     */
    async authenticate(presented: PresentedCredentials): Promise<Actor> {
      try {
        const claims = await identify(presented);
        const account = await loadAccount(claims);
        const { userId, authSessionId, impersonatorId } = claims;
        await assertImpersonator(credentials, impersonatorId);
        const isExcused = presented.isPasswordResetAllowed === true || impersonatorId !== undefined;
        if (account.mustResetPassword && !isExcused) {
          throw passwordResetRequired();
        }
        const team = chooseTeam(account, presented.teamId);
        return {
          userId,
          role: account.role,
          teamId: team.id,
          teamRole: team.role,
          tier: team.tier,
          credential: {
            kind: 'session',
            authSessionId,
            ...(impersonatorId && { impersonatorId }),
          },
        };
      } catch (error) {
        const reason = failureReasonOf(error);
        if (reason) authLog.refused(reason);
        throw error;
      }
    },
  };
}

function chooseTeam(account: AccountRecord, teamId: string | undefined): AccountTeam {
  const wanted = teamId?.toLowerCase();
  const team = account.teams.find(({ id, isPersonal }) => (wanted ? id === wanted : isPersonal));
  if (!team) throw notFound('team', teamId ?? 'personal');
  return team;
}
