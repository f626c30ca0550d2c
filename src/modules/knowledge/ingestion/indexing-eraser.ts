import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { DocumentId, TeamId } from '#shared/ids';
import type { IndexingId, IndexingsRepository } from './indexings.repository.ts';

export type IndexingEraser = ReturnType<typeof createIndexingEraser>;

/** Erases indexings that nobody sees, in transactions so short that searches beside them do not notice. */
export function createIndexingEraser({
  indexingsOf,
  unitOfWork,
}: {
  readonly indexingsOf: (teamId: TeamId) => Pick<IndexingsRepository, 'listDiscardedOf'>;
  readonly unitOfWork: UnitOfWork<{ indexings: Pick<IndexingsRepository, 'eraseStep'> }>;
}) {
  async function erase(teamId: TeamId, id: IndexingId, signal: AbortSignal): Promise<void> {
    let isErased = false;
    while (!isErased) {
      signal.throwIfAborted();
      isErased = await unitOfWork.run(teamScope(teamId), ({ indexings }) =>
        indexings.eraseStep(id),
      );
    }
  }

  return {
    erase,

    /** Erases what a document's former or broken-off ingestions left. */
    async eraseDiscardedOf(
      teamId: TeamId,
      documentId: DocumentId,
      signal: AbortSignal,
    ): Promise<void> {
      const ids = await indexingsOf(teamId).listDiscardedOf(documentId);
      for (const id of ids) await erase(teamId, id, signal);
    },
  };
}
