import type { ChunkId } from '#shared/ids';
import type { RankedChunk } from './retrieval.repository.ts';

/** From the paper that introduced reciprocal rank fusion; what retrieval was measured with. */
export const RANK_OFFSET = 60;

export type WeightedRanking = { readonly chunks: readonly RankedChunk[]; readonly weight: number };

/** Reciprocal rank fusion: best first, ties by id, so that the order is always the same. */
export function fuseRankings(rankings: readonly WeightedRanking[]): readonly RankedChunk[] {
  const scores = new Map<ChunkId, number>();
  for (const { chunks, weight } of rankings) {
    for (const [index, { chunkId }] of chunks.entries()) {
      scores.set(chunkId, (scores.get(chunkId) ?? 0) + weight / (RANK_OFFSET + index + 1));
    }
  }
  return [...scores]
    .map(([chunkId, score]) => ({ chunkId, score }))
    .toSorted((a, b) => b.score - a.score || (a.chunkId < b.chunkId ? -1 : 1));
}
