import { assertAllowed } from '#platform/errors/assert-allowed';
import type { Actor } from '#shared/actor';

/** @throws FORBIDDEN */
export function assertCanWriteDocuments(actor: Actor): void {
  assertAllowed(actor, 'documents.write');
}
