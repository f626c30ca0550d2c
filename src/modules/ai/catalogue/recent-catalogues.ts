import { LRUCache } from 'lru-cache';
import type { TeamId } from '#shared/ids';
import type { TeamCatalogue } from './team-catalogue.ts';

export type RecentCatalogues = {
  get(teamId: TeamId): TeamCatalogue | undefined;
  set(teamId: TeamId, catalogue: TeamCatalogue): void;
  delete(teamId: TeamId): void;
};

/** Teams beyond it are those that were not here for long. */
const MAX_TEAMS = 10_000;

/** The catalogues of the teams that were here last. */
export function createRecentCatalogues(): RecentCatalogues {
  const catalogues = new LRUCache<TeamId, TeamCatalogue>({ max: MAX_TEAMS });
  return {
    get: (teamId) => catalogues.get(teamId),
    set: (teamId, catalogue) => void catalogues.set(teamId, catalogue),
    delete: (teamId) => void catalogues.delete(teamId),
  };
}
