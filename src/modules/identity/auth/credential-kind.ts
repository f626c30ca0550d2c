import type { Credential, Tier } from '#shared/actor';
import type { TeamId, UserId } from '#shared/ids';

/** Whom a credential names, once it is proved to be one of ours or of somebody we trust. */
export type Identified = {
  readonly userId: UserId;
  readonly credential: Credential;
  /** False once the credential has ended, although it still proves whose it was. */
  readonly isLive: () => Promise<boolean>;
  /** The one team that it is for; any of the user's without it. */
  readonly teamId?: TeamId;
  /** Given where the user is no person but stands for that team, and acts as a member of it. */
  readonly service?: { readonly tier: Tier };
};

/** Where in a request a credential stood. */
export type CredentialPlace = 'bearer' | 'api_key' | 'cookie';

/** One way to sign a request. */
export interface CredentialKind {
  /** Whether a token looks like this kind; it proves nothing. */
  accepts(token: string, place: CredentialPlace): boolean;
  /** @throws UNAUTHORIZED */
  identify(token: string): Promise<Identified>;
}
