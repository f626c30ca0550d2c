import type { Clock } from '#platform/clock/clock';
import type { CredentialKind } from '../auth/credential-kind.ts';
import { unauthenticated } from '../auth/unauthenticated.ts';
import type { ApiKeyGrantService } from './api-key-grants.service.ts';
import { hashApiKey, isWellFormed, looksLikeApiKey } from './api-key-text.ts';
import type { ApiKeyUsage } from './api-key-usage.service.ts';

export type ApiKeyCredentialsDependencies = {
  readonly grants: Pick<ApiKeyGrantService, 'find'>;
  readonly usage: Pick<ApiKeyUsage, 'record'>;
  readonly clock: Clock;
};

/** Keys: each for one team, with the rights that its user has there now. */
export function createApiKeyCredentials(
  dependencies: ApiKeyCredentialsDependencies,
): CredentialKind {
  const { grants, usage, clock } = dependencies;
  return {
    // A browser sends its cookies by itself, so a key is none of them.
    accepts: (token, place) =>
      place === 'api_key' || (place === 'bearer' && looksLikeApiKey(token)),

    async identify(token) {
      if (!isWellFormed(token)) throw unauthenticated('invalid_token');
      const grant = await grants.find(hashApiKey(token));
      const now = clock.now();
      if (!grant) throw unauthenticated('invalid_token');
      const { id, userId, teamId, kind, scopes, expiresAt, tier } = grant;
      if (expiresAt !== null && Date.parse(expiresAt) <= now.getTime()) {
        throw unauthenticated('expired_token');
      }
      usage.record(id, now);
      return {
        userId,
        teamId,
        credential: { kind: 'api_key', apiKeyId: id, scopes, isOfTeam: kind === 'team' },
        isLive: async () => true,
        ...(kind === 'team' && { service: { tier } }),
      };
    },
  };
}
