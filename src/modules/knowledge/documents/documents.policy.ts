import { AppError } from '#platform/errors/app-error';
import type { Actor } from '#shared/actor';

/** Viewers read and search; everybody else in the team may also change documents. */
export function assertCanWriteDocuments(actor: Actor): void {
  if (actor.teamRole === 'viewer') {
    throw new AppError('forbidden', 'Viewers may not change documents');
  }
}
