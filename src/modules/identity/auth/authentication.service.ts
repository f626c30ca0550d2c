import { notFound } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { TeamId } from '#shared/ids';
import { assertImpersonator } from './assert-impersonator.ts';
import type { AccountRecord, AccountTeam } from './accounts.repository.ts';
import type { AuthLog } from './auth-log.ts';
import type { CredentialKind, CredentialPlace, Identified } from './credential-kind.ts';
import type { CredentialService } from './credentials.service.ts';
import {
  deactivated,
  failureReasonOf,
  passwordResetRequired,
  unauthenticated,
} from './unauthenticated.ts';

export type PresentedCredentials = {
  readonly bearer: string | undefined;
  readonly apiKey: string | undefined;
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

  async function identify(presented: PresentedCredentials): Promise<Identified> {
    const { token, place } = pick(presented);
    const kind = credentialKinds.find((candidate) => candidate.accepts(token, place));
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

  async function actFor(identified: Identified, presented: PresentedCredentials): Promise<Actor> {
    const { userId, credential } = identified;
    const account = await loadAccount(identified);
    const impersonatorId = credential.kind === 'session' ? credential.impersonatorId : undefined;
    await assertImpersonator(credentials, impersonatorId);
    const isExcused =
      presented.isPasswordResetAllowed === true ||
      impersonatorId !== undefined ||
      // Their password, if they have one, is not what let them in.
      credential.kind === 'external';
    if (account.mustResetPassword && !isExcused) throw passwordResetRequired();
    const team = chooseTeam(account, identified, presented.teamId);
    const { role } = account;
    return { userId, role, teamId: team.id, teamRole: team.role, tier: team.tier, credential };
  }

  return {
    /**
     * Who a request comes from and for which team it acts.
     * @throws UNAUTHORIZED, FORBIDDEN for a deactivated account or one that needs a new password, NOT_FOUND for a team that is not the caller's.
     */
    async authenticate(presented: PresentedCredentials): Promise<Actor> {
      try {
        const identified = await identify(presented);
        return identified.service
          ? await serve(identified, presented.teamId)
          : await actFor(identified, presented);
      } catch (error) {
        const reason = failureReasonOf(error);
        if (reason) authLog.refused(reason);
        throw error;
      }
    },
  };
}

function pick({ bearer, apiKey, cookie }: PresentedCredentials): {
  readonly token: string;
  readonly place: CredentialPlace;
} {
  if (bearer !== undefined) return { token: bearer, place: 'bearer' };
  if (apiKey !== undefined) return { token: apiKey, place: 'api_key' };
  if (cookie !== undefined) return { token: cookie, place: 'cookie' };
  throw unauthenticated('no_credentials');
}

/** What acts for a team has no account to load: it is a member, for as long as the credential lives. */
async function serve(identified: Identified, wantedTeamId: string | undefined): Promise<Actor> {
  const { userId, credential, teamId, service, isLive } = identified;
  if (!teamId || !service || !(await isLive())) throw unauthenticated('session_ended');
  assertWanted(teamId, wantedTeamId);
  return { userId, role: 'user', teamId, teamRole: 'member', tier: service.tier, credential };
}

function chooseTeam(
  account: AccountRecord,
  { teamId: onlyId }: Identified,
  wantedId: string | undefined,
): AccountTeam {
  const id = onlyId ?? wantedId?.toLowerCase();
  const team = account.teams.find((other) => (id ? other.id === id : other.isPersonal));
  // The credential is for a team that its user has left.
  if (!team && onlyId) throw unauthenticated('api_key_ended');
  if (!team) throw notFound('team', wantedId ?? 'personal');
  assertWanted(team.id, wantedId);
  return team;
}

/** @throws NOT_FOUND where another team is wanted than the credential is for */
function assertWanted(teamId: TeamId, wantedId: string | undefined): void {
  if (wantedId !== undefined && wantedId.toLowerCase() !== teamId) throw notFound('team', wantedId);
}
