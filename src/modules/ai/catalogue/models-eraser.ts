import type { TeamId } from '#shared/ids';
import type { ModelCatalogue } from './model-catalogue.service.ts';
import type { ModelsRepository } from './models.repository.ts';

type Leaver = { readonly teamIds: readonly TeamId[] };

export type ModelsEraserDependencies = {
  /** Of every team. */
  readonly allTeamModels: () => Pick<ModelsRepository, 'countOfTeams' | 'removeOfTeams'>;
  readonly catalogue: Pick<ModelCatalogue, 'forgetTeam'>;
};

/** The models of teams that go along with somebody; a team that stays keeps its own. */
export function createModelsEraser({ allTeamModels, catalogue }: ModelsEraserDependencies) {
  return {
    count: async ({ teamIds }: Leaver) => ({
      removed: { models: await allTeamModels().countOfTeams(teamIds) },
      handedOver: {},
    }),

    async erase({ teamIds }: Leaver): Promise<void> {
      await allTeamModels().removeOfTeams(teamIds);
      for (const teamId of teamIds) await catalogue.forgetTeam(teamId);
    },
  };
}
