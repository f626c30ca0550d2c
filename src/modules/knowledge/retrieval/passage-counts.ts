import { LRUCache } from 'lru-cache';
import type { ProjectId } from '#shared/ids';

/** How many passages of a project hold a term, and the revision of the project's statistics that it was counted in. */
export type PassageCount = { readonly passages: number; readonly revision: number };

/** Counting fewer takes no time that is worth remembering. */
const FEWEST_PASSAGES = 500;
const MAX_TERMS = 20_000;

/**
 * Remembers how many passages hold the common terms of projects. Counting them is half of the time of a search in a
 * large project. The statement that is given a count uses it only if the project is still at its revision.
 */
export function createPassageCounts() {
  const counts = new LRUCache<string, PassageCount>({ max: MAX_TERMS });
  const keyOf = (projectId: ProjectId, term: string) => `${projectId} ${term}`;
  return {
    recall(projectId: ProjectId, terms: readonly string[]): readonly (PassageCount | undefined)[] {
      return terms.map((term) => counts.get(keyOf(projectId, term)));
    },

    remember(projectId: ProjectId, counted: ReadonlyMap<string, PassageCount>): void {
      for (const [term, count] of counted) {
        if (count.passages >= FEWEST_PASSAGES) counts.set(keyOf(projectId, term), count);
      }
    },
  };
}
