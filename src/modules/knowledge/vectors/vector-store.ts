import type { EmbeddingModel } from '#modules/ai';
import type { ChunkId, ProjectId, TeamId } from '#shared/ids';
import type { DiscardedIndexing, RunOfIndexing } from '../ingestion/indexings.repository.ts';
import type { RetrievalFilter } from '../retrieval/retrieval-filter.ts';
import type { RankedChunk, RetrievalRepository } from '../retrieval/retrieval.repository.ts';

/** Vectors that can be compared: made by one model, of one length, kept in one place. */
export type VectorKind = Pick<EmbeddingModel, 'name' | 'dimensions'>;

export type ChunkVector = { readonly id: ChunkId; readonly embedding: readonly number[] };

/** What a run writes vectors for. */
export type VectorTarget = {
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly indexing: RunOfIndexing;
};

export type Nearness = {
  readonly projectId: ProjectId;
  readonly vector: readonly number[];
  readonly filter: RetrievalFilter;
  readonly limit: number;
};

/** Where the vectors of passages are. All else about passages is in the database, whatever store this is. */
export interface VectorStore {
  /** What chunks with a vector of this store name as their model, and indexings in their fingerprint. */
  readonly kind: VectorKind;
  /** Twice does no harm. False once the run has lost the indexing. */
  write(
    target: VectorTarget,
    vectors: readonly ChunkVector[],
    signal: AbortSignal,
  ): Promise<boolean>;
  /** The searchable chunks that are nearest by cosine, with their similarity. */
  rank(
    retrieval: RetrievalRepository,
    nearness: Nearness,
    signal: AbortSignal,
  ): Promise<readonly RankedChunk[]>;
}

/** A store, and what makes the vectors for it. */
export type Vectors = { readonly embedder: EmbeddingModel; readonly store: VectorStore };

/** Removes vectors that go with no row of the database. */
export interface VectorRemover {
  /** Whether the indexing may have vectors outside the database. */
  concerns(indexing: Pick<DiscardedIndexing, 'fingerprint'>): boolean;
  remove(indexing: DiscardedIndexing, signal: AbortSignal): Promise<void>;
  /** Once nothing of the project is written any more. */
  removeProject(projectId: ProjectId, signal: AbortSignal): Promise<void>;
}
