import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertCanChat(actor: Actor): void {
  assertAllowed(actor, 'chat.write');
}
