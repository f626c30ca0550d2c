import { createOwnRowsEraser, createOwnRowsExporter } from '#modules/identity';
import type { Clock } from '#platform/clock/clock';
import type { Database } from '#platform/db/database';
import type { App } from '#platform/http/app';
import { registerChatCompletionRoutes } from './chat-completions/chat-completions.routes.ts';
import {
  createChatCompletionService,
  type ChatCompletionServiceDependencies,
} from './chat-completions/chat-completions.service.ts';
import { createConversationsPart } from './conversations/conversations.module.ts';
import { registerEmbeddingRoutes } from './embeddings/embeddings.routes.ts';
import {
  createEmbeddingService,
  type EmbeddingServiceDependencies,
} from './embeddings/embeddings.service.ts';
import { registerModelRoutes } from './models/models.routes.ts';
import { createModelService, type ModelServiceDependencies } from './models/models.service.ts';
import { createStoragePart, type StorageDependencies } from './storage.module.ts';
import { registerModerationRoutes } from './moderations/moderations.routes.ts';
import {
  createModerationService,
  type ModerationServiceDependencies,
} from './moderations/moderations.service.ts';
import { createResponsesPart, type ResponsesDependencies } from './responses/responses.module.ts';

export type OpenAiModuleDependencies = ModelServiceDependencies &
  ChatCompletionServiceDependencies &
  EmbeddingServiceDependencies &
  ModerationServiceDependencies &
  StorageDependencies & {
    readonly clock: Clock;
    readonly database: Database;
    readonly settings: { readonly responses: ResponsesDependencies['settings'] };
  };

/** What OpenAI's clients call, under `/v1`: their words for what the other modules do. */
export function createOpenAiModule(dependencies: OpenAiModuleDependencies) {
  const { clock, database, settings } = dependencies;
  const models = createModelService(dependencies);
  const completions = createChatCompletionService(dependencies);
  const storage = createStoragePart(dependencies);
  const embeddings = createEmbeddingService(dependencies);
  const moderations = createModerationService(dependencies);
  const conversations = createConversationsPart(database);
  const responses = createResponsesPart({
    database,
    conversations: conversations.conversations,
    clock,
    completions,
    settings: settings.responses,
  });
  return {
    /** To be added to identity's. */
    userEraser: createOwnRowsEraser([...responses.ownTables, ...conversations.ownTables]),
    userExporter: createOwnRowsExporter([...responses.ownFiles, ...conversations.ownFiles]),
    registerRoutes(app: App): void {
      registerModelRoutes(app, { models });
      registerChatCompletionRoutes(app, { completions, clock });
      storage.registerRoutes(app);
      registerEmbeddingRoutes(app, { embeddings });
      registerModerationRoutes(app, { moderations });
      responses.registerRoutes(app);
      conversations.registerRoutes(app);
    },
    registerJobs: responses.registerJobs,
  };
}
