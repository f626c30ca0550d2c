import type { Credential } from '#shared/actor';
import type { UserId } from '#shared/ids';

/** Whom a credential names, once it is proved to be one of ours or of somebody we trust. */
export type Identified = {
  readonly userId: UserId;
  readonly credential: Credential;
  /** False once the credential has ended, although it still proves whose it was. */
  readonly isLive: () => Promise<boolean>;
};

/** One way to sign a request. */
export interface CredentialKind {
  /** Whether a token looks like this kind; it proves nothing. */
  accepts(token: string): boolean;
  /** @throws UNAUTHORIZED */
  identify(token: string): Promise<Identified>;
}
