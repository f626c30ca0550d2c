import { AppError } from '#platform/errors/app-error';
import type { DocumentRecord } from './documents.repository.ts';

/** The other one is unknown when it was deleted at the same moment. */
export function duplicateDocument(existing: Pick<DocumentRecord, 'id'> | undefined): AppError {
  return new AppError('duplicate', 'The project already has a document with this content', {
    reason: 'document.duplicate',
    ...(existing && { details: { id: existing.id } }),
  });
}
