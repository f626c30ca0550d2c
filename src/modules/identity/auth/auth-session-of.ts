import { AppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import type { AuthSessionId } from '#shared/ids';
import { unauthenticated } from './unauthenticated.ts';

/**
 * The sign-in session of an act that is for people in person: a key or a foreign token has none, and who acts in
 * another's name may not.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export function authSessionOf({ credential }: Actor): AuthSessionId {
  if (credential.kind !== 'session') throw unauthenticated('no_session');
  if (credential.impersonatorId !== undefined) {
    throw new AppError('forbidden', 'Only the user in person may do this', {
      reason: 'impersonation.refused',
    });
  }
  return credential.authSessionId;
}
