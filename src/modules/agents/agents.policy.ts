import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertCanWriteAgents(actor: Actor): void {
  assertAllowed(actor, 'agents.write');
}
