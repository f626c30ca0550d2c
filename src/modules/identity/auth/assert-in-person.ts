import { AppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';
import { unauthenticated } from './unauthenticated.ts';

/**
 * For acts that are the user's own in person, signed in here or by another issuer: a key may not, nor may who acts in
 * another's name.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export function assertInPerson({ credential }: Actor): void {
  if (credential.kind === 'api_key') throw unauthenticated('no_session');
  if (credential.kind === 'session' && credential.impersonatorId !== undefined) {
    throw new AppError('forbidden', 'Only the user in person may do this', {
      reason: 'impersonation.refused',
    });
  }
}
