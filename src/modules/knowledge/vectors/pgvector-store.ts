import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { IndexingWritesRepository } from '../ingestion/indexing-writes.repository.ts';
import type { RetrievalRepository } from '../retrieval/retrieval.repository.ts';
import type { VectorIndexesRepository } from './vector-indexes.repository.ts';
import { EXACT_PASSAGES } from './vector-indexing.service.ts';
import type { Nearness, VectorKind, VectorStore } from './vector-store.ts';

export type PgvectorStoreDependencies = {
  readonly kind: VectorKind;
  readonly unitOfWork: UnitOfWork<{ writes: Pick<IndexingWritesRepository, 'storeVectors'> }>;
  readonly vectorIndexes: Pick<VectorIndexesRepository, 'exists'>;
};

/** Vectors beside their passages, in the rows of these. */
export function createPgvectorStore({
  kind,
  unitOfWork,
  vectorIndexes,
}: PgvectorStoreDependencies): VectorStore {
  async function isIndexed(retrieval: RetrievalRepository, { projectId, vector }: Nearness) {
    if ((await retrieval.countPassages(projectId)) <= EXACT_PASSAGES) return false;
    return vectorIndexes.exists({ model: kind.name, dimensions: vector.length });
  }

  return {
    kind,

    write: ({ teamId, indexing }, vectors) =>
      unitOfWork.run(teamScope(teamId), ({ writes }) =>
        writes.storeVectors(indexing, { model: kind.name, vectors }),
      ),

    async rank(retrieval, nearness) {
      const ranking = { ...nearness, model: kind.name };
      if (await isIndexed(retrieval, nearness)) {
        const near = await retrieval.rankByIndexedVector(ranking);
        if (near.length === nearness.limit) return near;
      }
      return retrieval.rankByVector(ranking);
    },
  };
}
