import type { Actor } from '#shared/actor';
import type { AuthSessionId } from '#shared/ids';
import { assertInPerson } from './assert-in-person.ts';
import { unauthenticated } from './unauthenticated.ts';

/** The sign-in session of a user in person; whom another issuer signs in has none. @throws UNAUTHORIZED, FORBIDDEN */
export function authSessionOf(actor: Actor): AuthSessionId {
  assertInPerson(actor);
  if (actor.credential.kind === 'session') return actor.credential.authSessionId;
  throw unauthenticated('no_session');
}
