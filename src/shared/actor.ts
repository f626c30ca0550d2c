import type { ApiKeyId, AuthSessionId, TeamId, UserId } from './ids.ts';

export type Role = 'user' | 'admin';
export type Tier = 'free' | 'pro' | 'enterprise';
export type TeamRole = 'owner' | 'admin' | 'member' | 'viewer';

/** What an API key may do: `worker` reaches the worker API and nothing else. */
export type ApiKeyScope = 'read' | 'write' | 'worker';

/** What the caller signed the request with. */
export type Credential =
  | {
      readonly kind: 'session';
      readonly authSessionId: AuthSessionId;
      /** The administrator who acts in the user's name. */
      readonly impersonatorId?: UserId;
    }
  | {
      readonly kind: 'api_key';
      readonly apiKeyId: ApiKeyId;
      readonly scopes: readonly ApiKeyScope[];
      /** It acts as a member of its team, and no person stands behind it. */
      readonly isOfTeam?: boolean;
    }
  /** A token of an external issuer. */
  | { readonly kind: 'external'; readonly issuer: string };

/** Who is asking, and for which team: the first argument of every service method. */
export type Actor = {
  readonly userId: UserId;
  readonly role: Role;
  readonly teamId: TeamId;
  readonly teamRole: TeamRole;
  /** The active team's tier: what limits and quotas read. */
  readonly tier: Tier;
  readonly credential: Credential;
};

/** Administrators in person only: no key, no foreign token, and nobody who acts in their name. */
export function mayAdminister({ role, credential }: Actor): boolean {
  return (
    role === 'admin' && credential.kind === 'session' && credential.impersonatorId === undefined
  );
}
