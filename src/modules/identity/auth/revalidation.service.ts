import { notFound } from '#platform/errors/app-error';
import type { Actor, Tier } from '#shared/actor';
import { assertImpersonator } from './assert-impersonator.ts';
import type { ApiKeyGrantService } from '../api-keys/api-key-grants.service.ts';
import type { CredentialService } from './credentials.service.ts';
import { deactivated, unauthenticated } from './unauthenticated.ts';

export type AbsentActor = Pick<Actor, 'userId' | 'teamId' | 'credential'> & {
  /** Of the team when they asked. */
  readonly tier: Tier;
};

export type RevalidationDependencies = {
  readonly credentials: Pick<CredentialService, 'findAccount' | 'findAuthSession'>;
  readonly apiKeyGrants: Pick<ApiKeyGrantService, 'exists'>;
};

/** Asks again, while something of a caller stays open, whether they may still be there. */
export function createRevalidationService({ credentials, apiKeyGrants }: RevalidationDependencies) {
  async function assertLive({ credential }: Actor): Promise<void> {
    if (credential.kind === 'external') return;
    if (credential.kind === 'api_key') {
      if (await apiKeyGrants.exists(credential.apiKeyId)) return;
      throw unauthenticated('api_key_ended');
    }
    await assertImpersonator(credentials, credential.impersonatorId);
    const session = await credentials.findAuthSession(credential.authSessionId);
    // That its time is over ends no stream that began before.
    if (!session || session.revokedAt !== null) throw unauthenticated('session_ended');
  }

  return {
    /**
     * Somebody who asked for something that takes longer than their request, with the rights that they have now.
     * That they signed out meanwhile takes nothing back.
     * @throws FORBIDDEN for a deactivated account, UNAUTHORIZED
     */
    async actAgain({ userId, teamId, credential, tier }: AbsentActor): Promise<Actor> {
      if (credential.kind === 'api_key' && !(await apiKeyGrants.exists(credential.apiKeyId)))
        throw unauthenticated('api_key_ended');
      if (credential.kind === 'api_key' && credential.isOfTeam)
        return { userId, role: 'user', teamId, teamRole: 'member', tier, credential };
      const account = await credentials.findAccount(userId);
      if (!account) throw unauthenticated('unknown_account');
      if (!account.isActive) throw deactivated();
      const team = account.teams.find(({ id }) => id === teamId);
      if (!team) throw unauthenticated('session_ended');
      return {
        userId,
        role: account.role,
        teamId,
        teamRole: team.role,
        tier: team.tier,
        credential,
      };
    },

    /** @throws FORBIDDEN for a deactivated account, UNAUTHORIZED, NOT_FOUND for a team that they left */
    async revalidate(actor: Actor): Promise<void> {
      const { credential } = actor;
      if (credential.kind === 'api_key' && credential.isOfTeam) return assertLive(actor);
      const account = await credentials.findAccount(actor.userId);
      if (!account) throw unauthenticated('unknown_account');
      if (!account.isActive) throw deactivated();
      await assertLive(actor);
      if (!account.teams.some(({ id }) => id === actor.teamId))
        throw notFound('team', actor.teamId);
    },
  };
}
