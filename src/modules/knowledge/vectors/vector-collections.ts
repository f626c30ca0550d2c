import type { ChunkId, ProjectId, TeamId } from '#shared/ids';

export type VectorRecord = {
  readonly id: ChunkId;
  readonly embedding: readonly number[];
  readonly teamId: TeamId;
  readonly projectId: ProjectId;
  readonly indexingId: number;
};

/** Without one, everything in the collection. */
export type IndexingCondition =
  | { readonly among: readonly number[] }
  | { readonly notAmong: readonly number[] }
  | undefined;

export type NearVector = { readonly id: string; readonly distance: number };

/** A server of vectors in named collections. A collection that is not there is an empty one. */
export interface VectorCollections {
  /** Makes the collection where it is not there. */
  upsert(collection: string, records: readonly VectorRecord[], signal: AbortSignal): Promise<void>;
  /** The nearest by cosine distance, nearest first; no more than there are. */
  query(
    collection: string,
    asked: {
      readonly vector: readonly number[];
      readonly limit: number;
      readonly condition?: IndexingCondition;
    },
    signal: AbortSignal,
  ): Promise<readonly NearVector[]>;
  remove(collection: string, indexingId: number, signal: AbortSignal): Promise<void>;
  count(collection: string, signal: AbortSignal): Promise<number>;
  drop(collection: string, signal: AbortSignal): Promise<void>;
  /** @throws where the server does not answer, or has no place for collections */
  ping(): Promise<void>;
}
