import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertCanWriteFiles(actor: Actor): void {
  assertAllowed(actor, 'files.write');
}
