import type { EmbeddingModel } from '#modules/ai';
import type { VectorIndexesRepository } from './vector-indexes.repository.ts';

/** Up to so many passages of a project, all of their vectors are compared. */
export const EXACT_PASSAGES = 20_000;
/** What an index of half-precision vectors can hold. */
const MAX_DIMENSIONS = 4000;

export type VectorIndexingService = ReturnType<typeof createVectorIndexingService>;

/** Has an approximate index where it pays: on a server, once a project is too large to compare all of its vectors. */
export function createVectorIndexingService({
  indexes,
  embedder,
}: {
  readonly indexes: VectorIndexesRepository;
  readonly embedder: Pick<EmbeddingModel, 'name' | 'dimensions'> | undefined;
}) {
  return {
    async indexVectors(): Promise<void> {
      if (!embedder || !indexes.isOnServer || embedder.dimensions > MAX_DIMENSIONS) return;
      const kind = { model: embedder.name, dimensions: embedder.dimensions };
      if ((await indexes.countLargestProject()) <= EXACT_PASSAGES) return;
      if (!(await indexes.exists(kind))) await indexes.create(kind);
    },
  };
}
