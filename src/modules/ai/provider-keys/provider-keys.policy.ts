import { AppError } from '#platform/errors/app-error';
import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertMayRead(actor: Actor): void {
  assertAllowed(actor, 'provider_keys.change');
}

/** @throws FORBIDDEN for a lesser role, and for who acts in another's name: a key would outlive that */
export function assertMayChange(actor: Actor): void {
  const { credential } = actor;
  if (credential.kind === 'session' && credential.impersonatorId !== undefined) {
    throw new AppError('forbidden', 'Only the user in person may do this', {
      reason: 'impersonation.refused',
    });
  }
  assertMayRead(actor);
}
