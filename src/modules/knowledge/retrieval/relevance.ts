import { RANK_OFFSET } from './fuse-rankings.ts';
import type { RetrievalMode } from './knowledge-retriever.ts';

/** The word score that is halfway to certain: about what a passage with two rare words of the question gets. */
const HALF_CERTAIN = 5;
const ARMS = 2;
const BEST_FUSED = ARMS / (RANK_OFFSET + 1);

/** A score between 0 and 1 that keeps the order of the scores of one mode. */
export function relevanceOf(score: number, mode: RetrievalMode): number {
  const share = {
    lexical: score / (score + HALF_CERTAIN),
    vector: score,
    hybrid: score / BEST_FUSED,
  }[mode];
  return Math.min(1, Math.max(0, share));
}
