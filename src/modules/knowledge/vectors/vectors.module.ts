import type { EmbeddingModel } from '#modules/ai';
import type { UnitOfWork } from '#platform/db/database';
import type { JobQueue } from '#platform/queue/job-queue';
import type { IndexingWritesRepository } from '../ingestion/indexing-writes.repository.ts';
import { createChroma } from './chroma.provider.ts';
import { createChromaRemover } from './chroma-remover.ts';
import { createChromaStore } from './chroma-store.ts';
import { registerIndexVectors } from './index-vectors.job.ts';
import { measureCollections, type CollectionMetrics } from './measure-collections.ts';
import { kindInChroma } from './name-collection.ts';
import { createPgvectorStore } from './pgvector-store.ts';
import {
  createVectorIndexesRepository,
  type IndexedDatabase,
} from './vector-indexes.repository.ts';
import { createVectorIndexingService } from './vector-indexing.service.ts';
import type { VectorStore } from './vector-store.ts';

export type VectorSettings = {
  readonly store: 'pgvector' | 'chroma';
  /** Where vectors are, or were before another store was chosen. */
  readonly chromaUrl?: string | undefined;
  readonly chromaToken?: string | undefined;
  readonly chromaTenant: string;
  readonly chromaDatabase: string;
};

export type VectorsModuleDependencies = {
  readonly database: IndexedDatabase;
  readonly unitOfWork: UnitOfWork<{ writes: IndexingWritesRepository }>;
  /** Without it there are no vectors, unless there were some before. */
  readonly embedder: EmbeddingModel | undefined;
  readonly metrics: CollectionMetrics;
  readonly settings: {
    readonly vectors?: VectorSettings | undefined;
    readonly leaseSeconds: number;
  };
};

export function createVectorsModule({
  database,
  unitOfWork,
  embedder,
  settings,
  metrics,
}: VectorsModuleDependencies) {
  const { leaseSeconds } = settings;
  const vectorIndexes = createVectorIndexesRepository(database);
  const collections = connectChroma(settings.vectors, metrics);
  const isInChroma = settings.vectors?.store === 'chroma';
  const store = embedder && createStore(embedder);
  const kindInForce = isInChroma ? store?.kind : undefined;

  function createStore({ name, dimensions }: EmbeddingModel): VectorStore {
    const kind = { name, dimensions };
    if (!isInChroma || !collections)
      return createPgvectorStore({ kind, unitOfWork, vectorIndexes });
    return createChromaStore({ kind: kindInChroma(kind), collections, unitOfWork, leaseSeconds });
  }

  return {
    vectors: embedder && store && { embedder, store },
    vectorRemover: collections && createChromaRemover({ collections, kindInForce }),
    /** Without Chroma search is by words, and documents wait. */
    checks:
      isInChroma && collections
        ? [{ name: 'chroma', isRequired: false, check: () => collections.ping() }]
        : [],
    registerJobs(jobs: JobQueue): void {
      const indexed = isInChroma ? undefined : embedder;
      const vectorIndexing = createVectorIndexingService({
        indexes: vectorIndexes,
        embedder: indexed,
      });
      registerIndexVectors(jobs, { vectorIndexing });
    },
  };
}

function connectChroma(settings: VectorSettings | undefined, metrics: CollectionMetrics) {
  if (settings?.chromaUrl === undefined) return undefined;
  const { chromaUrl: url, chromaToken: token } = settings;
  const { chromaTenant: tenant, chromaDatabase: database } = settings;
  return measureCollections(createChroma({ url, token, tenant, database }), metrics);
}
