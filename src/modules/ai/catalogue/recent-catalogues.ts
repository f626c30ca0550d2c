import { LRUCache } from 'lru-cache';
import type { TeamId } from '#shared/ids';
import type { ModelOverlay } from './overlay-models.ts';
import type { TeamCatalogue } from './team-catalogue.ts';

/** A catalogue with the rows that it was made of. */
export type LaidCatalogue = {
  readonly shared: readonly ModelOverlay[];
  readonly own: readonly ModelOverlay[];
  readonly catalogue: TeamCatalogue;
};

export type RecentCatalogues = {
  get(teamId: TeamId): LaidCatalogue | undefined;
  set(teamId: TeamId, laid: LaidCatalogue): void;
  delete(teamId: TeamId): void;
};

/** Teams beyond it are those that were not here for long. */
const MAX_TEAMS = 10_000;

/** The catalogues of the teams that were here last. */
export function createRecentCatalogues(): RecentCatalogues {
  const catalogues = new LRUCache<TeamId, LaidCatalogue>({ max: MAX_TEAMS });
  return {
    get: (teamId) => catalogues.get(teamId),
    set: (teamId, laid) => void catalogues.set(teamId, laid),
    delete: (teamId) => void catalogues.delete(teamId),
  };
}
