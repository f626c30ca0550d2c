import { createUnitOfWork, type Database, type Queries } from '#platform/db/database';
import type { App } from '#platform/http/app';
import type { CatalogueModel } from './catalogue-model.ts';
import type { ModelEventLog } from './model-audit.ts';
import type { ModelCatalogue } from './model-catalogue.service.ts';
import { createModelsEraser } from './models-eraser.ts';
import { createModelsRepository } from './models.repository.ts';
import { registerModelRoutes } from './models.routes.ts';
import { createModelService } from './models.service.ts';

export type CatalogueAdminDependencies = {
  readonly database: Database;
  readonly listed: readonly CatalogueModel[];
  readonly catalogue: ModelCatalogue;
  readonly eventLogWithin: (queries: Queries) => ModelEventLog;
};

/** What administrators do to the catalogue. */
export function createCatalogueAdmin(dependencies: CatalogueAdminDependencies) {
  const { database, listed, catalogue, eventLogWithin } = dependencies;
  const allTeamModels = () => createModelsRepository(database.forSystem(), 'team_models');
  const models = createModelService({
    listed,
    catalogue,
    sharedModels: () => createModelsRepository(database.unscoped(), 'models'),
    allTeamModels,
    unitOfWork: createUnitOfWork(database, (queries) => ({
      sharedModels: createModelsRepository(queries, 'models'),
      teamModels: createModelsRepository(queries, 'team_models'),
      log: eventLogWithin(queries),
    })),
  });
  return {
    userEraser: createModelsEraser({ allTeamModels, catalogue }),
    registerRoutes: (app: App) => registerModelRoutes(app, { models }),
  };
}
