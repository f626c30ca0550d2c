import type { Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import { createOwnedRows } from '#platform/db/owned-rows';
import type { App } from '#platform/http/app';
import type { JobQueue } from '#platform/queue/job-queue';
import { createOwnProjectsRepository } from './own-projects.repository.ts';
import { createUserProjectExporter } from './project-exporter.service.ts';
import { createUserProjectEraser } from './project-eraser.service.ts';
import { createProjectsRepository } from './projects.repository.ts';
import { registerProjectRoutes } from './projects.routes.ts';
import { createProjectService } from './projects.service.ts';
import { registerPurgeProjects } from './purge-projects.job.ts';

export type ProjectsModuleDependencies = {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: { readonly trashRetentionDays: number };
};

export function createProjectsModule({ database, clock, settings }: ProjectsModuleDependencies) {
  const projects = createProjectService({
    projectsOf: (teamId) => createProjectsRepository(database.forTeam(teamId)),
    allProjects: () => createProjectsRepository(database.forSystem()),
    clock,
    trashRetentionDays: settings.trashRetentionDays,
  });
  return {
    projects,
    /** To be added to identity's. */
    userEraser: createUserProjectEraser({
      ownedProjects: () => createOwnedRows(database.forSystem(), 'projects'),
      allProjects: () => createProjectsRepository(database.forSystem()),
    }),
    userExporter: createUserProjectExporter((teamId) =>
      createOwnProjectsRepository(database.forTeam(teamId)),
    ),
    registerRoutes: (app: App) => registerProjectRoutes(app, { projects }),
    registerJobs: (queue: JobQueue) => registerPurgeProjects(queue, { projects }),
  };
}
