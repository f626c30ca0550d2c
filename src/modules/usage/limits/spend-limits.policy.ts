import { assertAllowed } from '#platform/errors/assert-allowed';
import { mayAdminister, type Actor } from '#shared/actor';

/** Administrators may for every team. @throws FORBIDDEN */
export function assertCanChangeLimits(actor: Actor): void {
  if (!mayAdminister(actor)) assertAllowed(actor, 'spend_limits.change');
}
