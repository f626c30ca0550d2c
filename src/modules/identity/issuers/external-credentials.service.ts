import type { CredentialKind } from '../auth/credential-kind.ts';
import type { ExternalTokens } from './external-tokens.provider.ts';
import type { ExternalUserService } from './external-users.service.ts';

export type ExternalCredentialsDependencies = {
  readonly externalTokens: ExternalTokens;
  readonly externalUsers: Pick<ExternalUserService, 'signIn'>;
};

/** Tokens of other issuers: each says by itself for how long it is good. */
export function createExternalCredentials({
  externalTokens,
  externalUsers,
}: ExternalCredentialsDependencies): CredentialKind {
  return {
    // In a cookie is only what we put there.
    accepts: (token, place) => place === 'bearer' && externalTokens.isForeign(token),

    async identify(token) {
      const { issuer, subject, profile, issuedAt } = await externalTokens.verify(token);
      const userId = await externalUsers.signIn({ issuer, subject, profile, at: issuedAt });
      return { userId, credential: { kind: 'external', issuer }, isLive: async () => true };
    },
  };
}
