import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertCanWriteProjects(actor: Actor): void {
  assertAllowed(actor, 'projects.write');
}
