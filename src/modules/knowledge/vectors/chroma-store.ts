import { teamScope, type UnitOfWork } from '#platform/db/database';
import type { IndexingWritesRepository } from '../ingestion/indexing-writes.repository.ts';
import { isNarrow } from '../retrieval/retrieval-filter.ts';
import type { RankedChunk, RetrievalRepository } from '../retrieval/retrieval.repository.ts';
import { nameCollection } from './name-collection.ts';
import type { IndexingCondition, VectorCollections } from './vector-collections.ts';
import type { Nearness, VectorKind, VectorStore } from './vector-store.ts';

export type ChromaStoreDependencies = {
  readonly kind: VectorKind;
  readonly collections: VectorCollections;
  readonly unitOfWork: UnitOfWork<{
    writes: Pick<IndexingWritesRepository, 'renew' | 'noteVectors'>;
  }>;
  readonly leaseSeconds: number;
};

/** How many times as many are asked for as are wanted, since some may not be searchable. */
const ASKED_PER_WANTED = [2, 20] as const;
/** A condition that names more indexings takes longer than leaving out what was found in vain. */
const MOST_NAMED = 500;

/** Vectors in Chroma, a collection for each project. What they belong to is in the database, which has the last word. */
export function createChromaStore(dependencies: ChromaStoreDependencies): VectorStore {
  const { kind, collections, unitOfWork, leaseSeconds } = dependencies;

  /** None where nothing can be found; `asked` counts from zero. */
  async function chooseCondition(
    retrieval: RetrievalRepository,
    { projectId, filter }: Nearness,
    asked: number,
  ): Promise<IndexingCondition | 'none'> {
    if (isNarrow(filter)) {
      const among = await retrieval.listMatchingIndexings(projectId, filter, MOST_NAMED + 1);
      if (among.length === 0) return 'none';
      return among.length > MOST_NAMED ? undefined : { among };
    }
    if (asked === 0) return undefined;
    const notAmong = await retrieval.listHiddenIndexings(projectId, MOST_NAMED + 1);
    return notAmong.length === 0 || notAmong.length > MOST_NAMED ? undefined : { notAmong };
  }

  return {
    kind,

    async write({ teamId, projectId, indexing }, vectors, signal) {
      const scope = teamScope(teamId);
      // Who erases an indexing waits for the end of its lease, so that nothing arrives after it was removed.
      if (!(await unitOfWork.run(scope, ({ writes }) => writes.renew(indexing, leaseSeconds))))
        return false;
      const owned = { teamId, projectId, indexingId: indexing.id };
      const records = vectors.map((vector) => ({ ...vector, ...owned }));
      await collections.upsert(nameCollection(projectId, kind), records, signal);
      const ids = vectors.map(({ id }) => id);
      return unitOfWork.run(scope, ({ writes }) =>
        writes.noteVectors(indexing, { model: kind.name, ids }),
      );
    },

    async rank(retrieval, nearness, signal) {
      const { projectId, vector, filter, limit } = nearness;
      const collection = nameCollection(projectId, kind);
      let ranked: readonly RankedChunk[] = [];
      for (const [asked, times] of ASKED_PER_WANTED.entries()) {
        const condition = await chooseCondition(retrieval, nearness, asked);
        if (condition === 'none') return [];
        const query = { vector, limit: limit * times, condition };
        const near = await collections.query(collection, query, signal);
        const ids = near.map(({ id }) => id);
        const searchable = await retrieval.keepSearchable(ids, {
          projectId,
          filter,
          model: kind.name,
        });
        ranked = near.flatMap(({ id, distance }) => {
          const chunkId = searchable.get(id);
          return chunkId ? [{ chunkId, score: 1 - distance }] : [];
        });
        if (ranked.length >= limit || near.length < query.limit) break;
      }
      return ranked
        .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1))
        .slice(0, limit);
    },
  };
}
