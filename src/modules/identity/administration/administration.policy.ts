import { AppError } from '#platform/errors/app-error';
import { mayAdminister, type Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertAdministrator(actor: Actor): void {
  if (!mayAdminister(actor)) throw new AppError('forbidden', 'Only administrators may do this');
}
