import type { Clock } from '#platform/clock/clock';
import type { App } from '#platform/http/app';
import { registerChatCompletionRoutes } from './chat-completions/chat-completions.routes.ts';
import {
  createChatCompletionService,
  type ChatCompletionServiceDependencies,
} from './chat-completions/chat-completions.service.ts';
import { registerModelRoutes } from './models/models.routes.ts';
import { createModelService, type ModelServiceDependencies } from './models/models.service.ts';
import { createStoragePart, type StorageDependencies } from './storage.module.ts';

export type OpenAiModuleDependencies = ModelServiceDependencies &
  ChatCompletionServiceDependencies &
  StorageDependencies & { readonly clock: Clock };

/** What OpenAI's clients call, under `/v1`: their words for what the other modules do. */
export function createOpenAiModule(dependencies: OpenAiModuleDependencies) {
  const { clock } = dependencies;
  const models = createModelService(dependencies);
  const completions = createChatCompletionService(dependencies);
  const storage = createStoragePart(dependencies);
  return {
    registerRoutes(app: App): void {
      registerModelRoutes(app, { models });
      registerChatCompletionRoutes(app, { completions, clock });
      storage.registerRoutes(app);
    },
  };
}
