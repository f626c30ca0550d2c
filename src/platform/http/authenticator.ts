import type { Actor } from '#shared/actor';

/** What a request brought to sign itself with. */
export type Credentials = {
  readonly bearer: string | undefined;
  /** `X-API-Key`. */
  readonly apiKey: string | undefined;
  readonly cookie: string | undefined;
  /** `X-Team-Id`: the team the caller wants to act for. */
  readonly teamId: string | undefined;
  /** The route serves who must set a new password before anything else. */
  readonly isPasswordResetAllowed?: boolean;
};

/** Implemented by `identity`; throws AppError `unauthenticated` or, for a foreign team, `not_found`. */
export type Authenticate = (credentials: Credentials) => Promise<Actor>;

/** Asks again about a caller whose stream stays open; throws as `Authenticate` does once they may not be there. */
export type Revalidate = (actor: Actor) => Promise<void>;

/**
 * Who may call a route; each route says so, and one that does not fails the start. An `optional` one serves
 * callers with credentials, which must be good, and callers without.
 */
export type Access = 'public' | 'optional' | 'user' | 'admin' | 'worker' | 'metrics';

/** What a caller must be signed in with: `person` takes no API key, `session` nothing but a sign-in of our own. */
export type SignIn = 'any' | 'person' | 'session';
