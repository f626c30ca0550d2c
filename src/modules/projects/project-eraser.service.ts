import { NOTHING, type Leaver, type Pace, type UserEraser } from '#modules/identity';
import type { OwnedRows } from '#platform/db/owned-rows';
import type { ProjectsRepository } from './projects.repository.ts';

export type ProjectEraserDependencies = {
  readonly ownedProjects: () => OwnedRows;
  readonly allProjects: () => Pick<ProjectsRepository, 'removeOfTeams'>;
};

/** What hangs on a project has gone by then, so that a batch is short. */
const BATCH = 50;

/** Removes projects with the teams that go, and hands those of other teams over. */
export function createUserProjectEraser(dependencies: ProjectEraserDependencies): UserEraser {
  const { ownedProjects, allProjects } = dependencies;
  return {
    async count({ userId, teamIds }: Leaver) {
      const owned = ownedProjects();
      return {
        ...NOTHING,
        removed: { projects: await owned.countOf(teamIds) },
        handedOver: { projects: await owned.countElsewhere(userId, teamIds) },
      };
    },

    async erase({ userId, teamIds, heirOf }: Leaver, pace: Pace) {
      while ((await allProjects().removeOfTeams(teamIds, BATCH)) === BATCH) await pace();
      await ownedProjects().handOver({ from: userId, heirOf, pace });
    },
  };
}
