import type { Cache } from '#platform/cache/cache';
import type { TeamId } from '#shared/ids';
import type { ProviderName } from '../providers/model-provider.ts';
import type { CatalogueModel } from './catalogue-model.ts';
import type { ModelsRepository } from './models.repository.ts';
import { overlayModels, type ModelOverlay } from './overlay-models.ts';
import { createRecentCatalogues } from './recent-catalogues.ts';
import { createTeamCatalogue, type TeamCatalogue } from './team-catalogue.ts';

export type ModelCatalogueDependencies = {
  /** Those that are there without a row of a table. */
  readonly listed: readonly CatalogueModel[];
  /** Whose model is meant by a name that several providers have. */
  readonly preference: readonly ProviderName[];
  readonly sharedModels: () => Pick<ModelsRepository, 'list'>;
  readonly modelsOf: (teamId: TeamId) => Pick<ModelsRepository, 'list'>;
  readonly cache: Cache;
};

export type ModelCatalogue = ReturnType<typeof createModelCatalogue>;

const CACHE_SECONDS = 5;
const SHARED_KEY = 'ai:models';
const teamKey = (teamId: TeamId) => `ai:models:${teamId}`;

/** The models of each team, from memory: no call of a model waits for the table. */
export function createModelCatalogue(dependencies: ModelCatalogueDependencies) {
  const { listed, preference, sharedModels, modelsOf, cache } = dependencies;
  const recent = createRecentCatalogues();
  const asListed = createTeamCatalogue(listed, preference);

  function lay(overlays: readonly (readonly ModelOverlay[])[]): TeamCatalogue {
    if (overlays.every((rows) => rows.length === 0)) return asListed;
    return createTeamCatalogue(overlays.reduce(overlayModels, listed), preference);
  }

  const listShared = (): Promise<readonly ModelOverlay[]> =>
    cache.getOrLoad(SHARED_KEY, CACHE_SECONDS, () => sharedModels().list());

  const listOwn = (teamId: TeamId): Promise<readonly ModelOverlay[]> =>
    cache.getOrLoad(teamKey(teamId), CACHE_SECONDS, () => modelsOf(teamId).list());

  return {
    async forTeam(teamId: TeamId): Promise<TeamCatalogue> {
      const [shared, own] = await Promise.all([listShared(), listOwn(teamId)]);
      const last = recent.get(teamId);
      // Until they are read anew, the cache gives the same lists.
      if (last?.shared === shared && last.own === own) return last.catalogue;
      const catalogue = lay([shared, own]);
      recent.set(teamId, { shared, own, catalogue });
      return catalogue;
    },

    /** As it was when it was last read: an answer is priced even while the database is gone. */
    asLastRead: (teamId: TeamId): TeamCatalogue => recent.get(teamId)?.catalogue ?? asListed,

    /** Everybody's models, without those of teams. */
    async listShared(): Promise<readonly CatalogueModel[]> {
      return overlayModels(listed, await sharedModels().list());
    },

    /** Drops what is cached of a team's models; of null, of everybody's. */
    forget: (teamId: TeamId | null): Promise<void> =>
      cache.delete(teamId === null ? SHARED_KEY : teamKey(teamId)),

    /** Keeps nothing of a team that is no more. */
    async forgetTeam(teamId: TeamId): Promise<void> {
      recent.delete(teamId);
      await cache.delete(teamKey(teamId));
    },
  };
}
