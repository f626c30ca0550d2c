import type { Clock } from '#platform/clock/clock';
import type { AccessTokens } from './access-tokens.provider.ts';
import type { CredentialKind } from './credential-kind.ts';
import type { CredentialService } from './credentials.service.ts';

export type SessionCredentialsDependencies = {
  readonly accessTokens: Pick<AccessTokens, 'verify'>;
  readonly credentials: Pick<CredentialService, 'findAuthSession'>;
  readonly clock: Clock;
};

/** Access tokens of our own: good for as long as the session they were issued in. */
export function createSessionCredentials(
  dependencies: SessionCredentialsDependencies,
): CredentialKind {
  const { accessTokens, credentials, clock } = dependencies;
  return {
    accepts: () => true,

    async identify(token) {
      const { userId, authSessionId, impersonatorId } = await accessTokens.verify(token);
      return {
        userId,
        credential: { kind: 'session', authSessionId, ...(impersonatorId && { impersonatorId }) },
        async isLive() {
          const session = await credentials.findAuthSession(authSessionId);
          return (
            session?.userId === userId &&
            session.revokedAt === null &&
            Date.parse(session.expiresAt) > clock.now().getTime()
          );
        },
      };
    },
  };
}
