import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { Logger } from '#platform/telemetry/logger';
import type { DocumentId, TeamId } from '#shared/ids';
import { goOnWithout } from '../retrieval/go-on-without.ts';
import type { VectorRemover } from '../vectors/vector-store.ts';
import type { DiscardedIndexing, IndexingsRepository } from './indexings.repository.ts';

export type IndexingEraser = ReturnType<typeof createIndexingEraser>;

export type IndexingEraserDependencies = {
  readonly indexingsOf: (teamId: TeamId) => Pick<IndexingsRepository, 'listDiscardedOf'>;
  readonly unitOfWork: UnitOfWork<{ indexings: Pick<IndexingsRepository, 'eraseStep'> }>;
  /** Of vectors outside the database; undefined where there are none. */
  readonly vectorRemover: VectorRemover | undefined;
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  readonly logger: Pick<Logger, 'warn'>;
};

/** Erases indexings that nobody sees, in transactions so short that searches beside them do not notice. */
export function createIndexingEraser(dependencies: IndexingEraserDependencies) {
  const { indexingsOf, unitOfWork, vectorRemover, wait, logger } = dependencies;

  /** Vectors first: the rows know that there are any. */
  async function erase(indexing: DiscardedIndexing, signal: AbortSignal): Promise<void> {
    if (vectorRemover?.concerns(indexing)) await vectorRemover.remove(indexing, signal);
    let isErased = false;
    while (!isErased) {
      signal.throwIfAborted();
      isErased = await unitOfWork.run(teamScope(indexing.teamId), ({ indexings }) =>
        indexings.eraseStep(indexing.id),
      );
    }
  }

  /** How long a run that was given up may still be sending vectors; in the database its words are refused at once. */
  function awaitedSeconds(indexing: DiscardedIndexing): number {
    return vectorRemover?.concerns(indexing) ? indexing.leasedSeconds : 0;
  }

  async function eraseSome(
    indexings: readonly DiscardedIndexing[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const indexing of indexings)
      if (awaitedSeconds(indexing) === 0) await erase(indexing, signal);
  }

  return {
    /** Erases some; those that can't be yet are left to another time. */
    eraseSome,

    /** Erases what a document's former or broken-off ingestions left, or leaves it to the sweep. */
    async eraseDiscardedOf(
      teamId: TeamId,
      documentId: DocumentId,
      signal: AbortSignal,
    ): Promise<void> {
      const discarded = await indexingsOf(teamId).listDiscardedOf(documentId);
      await eraseSome(discarded, signal).catch((error: unknown) => {
        if (!discarded.some((indexing) => vectorRemover?.concerns(indexing))) throw error;
        goOnWithout(error, { logger, message: 'left vectors to be removed later' });
      });
    },

    /** Erases all of it, for a document that goes with its row. */
    async eraseAllOf(teamId: TeamId, documentId: DocumentId, signal: AbortSignal): Promise<void> {
      for (const indexing of await indexingsOf(teamId).listDiscardedOf(documentId)) {
        const waitMs = Math.ceil(awaitedSeconds(indexing) * 1000);
        if (waitMs > 0) await wait(waitMs, signal);
        signal.throwIfAborted();
        await erase(indexing, signal);
      }
    },
  };
}
