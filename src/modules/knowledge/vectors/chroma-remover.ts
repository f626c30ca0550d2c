import { findKindInChroma, nameCollection } from './name-collection.ts';
import type { VectorCollections } from './vector-collections.ts';
import type { VectorKind, VectorRemover } from './vector-store.ts';

/** Removes vectors from Chroma, those too that another model or a former setting left there. */
export function createChromaRemover({
  collections,
  kindInForce,
}: {
  readonly collections: VectorCollections;
  /** Of the vectors that are written there now; undefined where none are. */
  readonly kindInForce: VectorKind | undefined;
}): VectorRemover {
  return {
    concerns: ({ fingerprint }) => findKindInChroma(fingerprint) !== undefined,

    async remove({ id, projectId, fingerprint }, signal) {
      const kind = findKindInChroma(fingerprint);
      if (!kind) return;
      const collection = nameCollection(projectId, kind);
      await collections.remove(collection, id, signal);
      // Whoever still writes such vectors writes indexes that are to be renewed.
      const isFormer = kind.name !== kindInForce?.name;
      if (isFormer && (await collections.count(collection, signal)) === 0)
        await collections.drop(collection, signal);
    },

    async removeProject(projectId, signal) {
      if (kindInForce) await collections.drop(nameCollection(projectId, kindInForce), signal);
    },
  };
}
