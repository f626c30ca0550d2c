import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { assertImpersonator } from './assert-impersonator.ts';
import type { AccountRecord, AccountTeam } from './accounts.repository.ts';
import type { AuthLog } from './auth-log.ts';
import type { CredentialKind, Identified } from './credential-kind.ts';
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
  /** Asked in this order; the first that accepts a token decides on it. */
  readonly credentialKinds: readonly CredentialKind[];
  readonly credentials: Pick<CredentialService, 'findAccount'>;
  readonly authLog: Pick<AuthLog, 'refused'>;
};

export function createAuthenticationService(dependencies: AuthenticationServiceDependencies) {
  const { credentialKinds, credentials, authLog } = dependencies;

  async function identify({ bearer, cookie }: PresentedCredentials): Promise<Identified> {
    const token = bearer ?? cookie;
    if (token === undefined) throw unauthenticated('no_credentials');
    const kind = credentialKinds.find((candidate) => candidate.accepts(token));
    if (!kind) throw unauthenticated('invalid_token');
    return kind.identify(token);
  }

  async function loadAccount({ userId, isLive }: Identified): Promise<AccountRecord> {
    const [isStillLive, account] = await Promise.all([isLive(), credentials.findAccount(userId)]);
    // Before its sessions, all of which ended with it: the bearer is told why.
    if (account?.isActive === false) throw deactivated();
    if (!isStillLive) throw unauthenticated('session_ended');
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
        const identified = await identify(presented);
        const { userId, credential } = identified;
        const account = await loadAccount(identified);
        const impersonatorId =
          credential.kind === 'session' ? credential.impersonatorId : undefined;
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
          credential,
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
