import type { Actor } from '#shared/actor';
import type { AuthSessionId } from '#shared/ids';
import { unauthenticated } from './unauthenticated.ts';

/** The sign-in session that an act needs; a key or a foreign token has none. @throws UNAUTHORIZED */
export function authSessionOf({ credential }: Actor): AuthSessionId {
  if (credential.kind === 'session') return credential.authSessionId;
  throw unauthenticated('no_session');
}
